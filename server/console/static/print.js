// A button that prints is shown only where it can: <button data-print hidden>.

export function printing() {
  for (const button of document.querySelectorAll('[data-print]')) {
    button.hidden = false
    button.addEventListener('click', () => print())
  }
}
