"""Comments and indentation are for us: they are left out of what phones fetch, line by line; nothing else changes."""


def slimmed(text: str) -> str:
    """A module or style sheet without comments that stand on lines of their own, blank lines and indentation.

    Names, statements and line ends stay, so what runs is what was written. Text with a template over several
    lines, where a line may look like a comment and be none, is left as it is.
    """
    lines = [line.strip() for line in text.split("\n")]
    if any(line.count("`") % 2 for line in lines):
        return text
    kept: list[str] = []
    inside = False
    for line in lines:
        if inside or (line.startswith("/*") and "*/" not in line[:-2]):
            inside = not line.endswith("*/")
        elif line and not line.startswith("//"):
            kept.append(line)
    return "\n".join([*kept, ""])
