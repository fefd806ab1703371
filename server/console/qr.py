"""What a phone's camera reads from the screen."""

import segno


def picture(text: str) -> str:
    """A QR picture as the address of an image: dark on white in either colour scheme."""
    return segno.make(text, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
