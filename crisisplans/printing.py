"""The plan as a PDF: one sheet where it can be, in the largest letters that fit, with the numbers larger still."""

from fpdf import FPDF

from crisisplans import fonts
from crisisplans.fonts import MAIN, UNKNOWN, printable
from crisisplans.sheet import Part, Row, Sheet

MARGIN, INDENT = 14.0, 4.0
"""Millimetres."""

SIZES = (13.0, 12.0, 11.0, 10.0, 9.5)
"""Points of the running text: the first that fits on one sheet."""

SEVERAL_SHEETS = 12.0
"""Points where none of them does."""

_INK, _SOFT, _RAIL = (27, 35, 38), (77, 90, 94), (15, 107, 92)
_POINT = 25.4 / 72
Colour = tuple[int, int, int]

LONGEST_NUMBER = 20
"""Characters; anything longer is an address of a page, and not drawn large."""

_MOST_ON_A_PAGE = 15_000
"""Characters: more than the narrowest letters in the smallest size could ever fit."""


def pdf(sheet: Sheet, paper: str) -> bytes:
    """The sheet drawn on "letter" or "a4" paper: a good part of a second, on paper.py's thread, in no transaction."""
    drawing = _Drawing(sheet, paper)
    tried = () if _length(sheet) > _MOST_ON_A_PAGE else SIZES
    return drawing.drawn(next((size for size in tried if drawing.fits(size)), SEVERAL_SHEETS))


def _length(sheet: Sheet) -> int:
    return sum(len(row.text) + len(row.detail) for part in sheet.parts for row in part.rows)


class _Sheet(FPDF):
    """Pages with the date and revision at the foot of each."""

    foot = ""

    def footer(self) -> None:
        """On every page: which version this is, when it was printed, and which page."""
        self.set_xy(MARGIN, -MARGIN + 2)
        self.set_font(MAIN, size=8.5)
        self.set_text_color(*_SOFT)
        more = f" · {self.page_no()}" if self.page_no() > 1 else ""
        self.cell(0, 4, f"{self.foot}{more}", align="L")


class _Drawing:
    """One sheet on one kind of paper."""

    def __init__(self, sheet: Sheet, paper: str) -> None:
        self.sheet = sheet
        self.pdf = _Sheet(format=paper, unit="mm")
        self.pdf.set_margin(MARGIN)
        self.pdf.set_auto_page_break(True, MARGIN + 2)
        self.pdf.set_lang(sheet.language.value)
        self.pdf.set_title(printable(sheet.title))
        self.pdf.foot = printable(sheet.foot)
        fonts.add_to(self.pdf)
        self.pdf.add_page()

    def fits(self, size: float) -> bool:
        """Whether everything stands on one page in this size."""
        with self.pdf.offset_rendering() as rehearsal:  # pyright: ignore[reportUnknownVariableType]
            self._draw(size)
        return not rehearsal.page_break_triggered  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]

    def drawn(self, size: float) -> bytes:
        """The document."""
        self._draw(size)
        return bytes(self.pdf.output())

    def _draw(self, size: float) -> None:
        texts = [self._text(self.sheet.title, size + 9, "B")]
        self._line(size + 9)
        texts.append(self._text(self.sheet.programme, size, colour=_SOFT))
        self._line(size)
        if self.sheet.opening:
            self._gap(size * 0.4)
            texts.append(self._text(self.sheet.opening, size))
            self._line(size)
        for part in self.sheet.parts:
            texts += self._part(part, size)
        if any(UNKNOWN in text for text in texts):
            self._gap(size * 0.4)
            self._text(self.sheet.note.format(UNKNOWN), size - 2, colour=_SOFT)

    def _part(self, part: Part, size: float) -> list[str]:
        # A heading never stands alone at the end of a page.
        if self.pdf.will_page_break(4 * size * _POINT):
            self.pdf.add_page()
        self._gap(size * 0.4)
        texts = [self._text(part.heading, size + 1, "B", colour=_RAIL)]
        self._line(size + 1)
        self.pdf.set_left_margin(MARGIN + INDENT)
        for row in part.rows:
            texts += self._row(row, size)
        self.pdf.set_left_margin(MARGIN)
        self.pdf.set_x(MARGIN)
        return texts

    def _row(self, row: Row, size: float) -> list[str]:
        self.pdf.set_x(MARGIN)
        texts = [self._text("• ", size), self._text(row.text, size)]
        if row.number:
            larger = size + 3 if len(row.number) <= LONGEST_NUMBER else size
            texts.append(self._text(f"  {row.number}", larger, "B", line=size))
        if row.detail:
            texts.append(self._text(f"  {row.detail}", size - 1.5, colour=_SOFT, line=size))
        self._line(size + 1 if row.number else size)
        return texts

    def _text(
        self, text: str, size: float, style: str = "", colour: Colour = _INK, line: float | None = None
    ) -> str:
        """Write on from where the line stands; `line` is the size of the words before, to stand level with."""
        self.pdf.set_font(MAIN, style, size)
        self.pdf.set_text_color(*colour)
        lead = "" if text == text.lstrip() else "  "
        trail = " " if text.endswith(" ") else ""
        clean = f"{lead}{printable(text)}{trail}"
        line = line or size
        # fpdf2 puts the foot of the letters lower by three tenths of their size.
        lift = 0.3 * (size - line) * _POINT
        self.pdf.set_xy(self.pdf.get_x(), self.pdf.get_y() - lift)
        self.pdf.write(line * _POINT * 1.3, clean)
        self.pdf.set_xy(self.pdf.get_x(), self.pdf.get_y() + lift)
        return clean

    def _line(self, size: float) -> None:
        self.pdf.ln(size * _POINT * 1.3)

    def _gap(self, size: float) -> None:
        self.pdf.ln(size * _POINT)
