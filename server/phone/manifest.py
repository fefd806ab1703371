"""The web app manifest: how the app is called and drawn on the home screen."""

import json

GROUND = "#f7f6f2"
NAMES = {False: "Handrail", True: "Notes"}
"""By whether the client asked for a name that says nothing."""


def manifest(static: str, *, plain: bool) -> bytes:
    """The manifest as JSON. `static` is the address of the versioned folder; `plain` gives a neutral name and icon."""
    icon = "plain" if plain else "mark"
    sizes = (("192", "192", "any"), ("512", "512", "any"), ("maskable", "512", "maskable"))
    return json.dumps(
        {
            "id": "/app",
            "name": NAMES[plain],
            "short_name": NAMES[plain],
            "start_url": "/app",
            "scope": "/app",
            "display": "standalone",
            "background_color": GROUND,
            "theme_color": GROUND,
            "icons": [
                {
                    "src": f"{static}/icons/{icon}-{name}.png",
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for name, size, purpose in sizes
            ],
        }
    ).encode()
