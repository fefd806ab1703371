// Chooses which screen follows an answer, nothing else: the service decides whether somebody is called.
// In doubt the answer is yes, for the screen with people and numbers harms nobody.

const NONE = /^(none|none_of_these|none_of_the_above|no|never|nothing)$/
// Wording that counts the other way round: to "are you safe?" the calmest answer is not "no".
const OTHER_WAY = /\b(un)?safe\w*|\bsalvo\b|\bsegur\w+/i
const ALARMING = /\b(not|no|never|nunca|sin)\b|unsafe|insegur/i

/** True when a risk question was answered with anything but its calmest answer, declined, or left blank. */
export function looksRisky(items, answers) {
  if (!Array.isArray(items)) return true
  const given = answers || {}
  return items.some((item) => item.risk && !isCalmest(item, given[item.key]))
}

function isCalmest(item, answer) {
  switch (item.kind) {
    case 'yes_no':
      return (answer === false || answer === 'no') && !OTHER_WAY.test(item.text)
    case 'scale':
      return typeof answer === 'number' && answer === item.min && !reversed(item)
    case 'number':
      return answer === (typeof item.min === 'number' ? item.min : 0) && !reversed(item)
    case 'single':
      return isFirst(item, Array.isArray(answer) ? null : answer)
    case 'multiple':
      // Several can be ticked; only a single "none of these" is calm, wherever it stands.
      return Array.isArray(answer) && answer.length === 1 && NONE.test(answer[0])
    default:
      return false // own words, or a kind that this version does not know
  }
}

const reversed = (item) => OTHER_WAY.test([item.text, item.low, item.high].join(' '))

// Options go from calm to alarming, as in "Yes, I am safe", unless the first one denies being safe.
function isFirst(item, answer) {
  const first = (item.options || [])[0]
  if (!first || answer !== first.value) return false
  const words = `${first.value.replace(/[_.-]/g, ' ')} ${first.label}`
  return !(OTHER_WAY.test(words) && ALARMING.test(words))
}
