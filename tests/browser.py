"""The Chromium that the phone app is tested in: found on this machine, or installed from Debian where that can be."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-dejavu-core")
MISSING = (
    "The tests of the phone app need Chromium, and there is none on the PATH (looked for: {names}).\n"
    "Installing it here {why}. On Debian or Ubuntu: apt-get install {packages}\n"
)


def found() -> str | None:
    """The path of this machine's Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def why_not() -> str | None:
    """Why Chromium cannot be installed from here, or None when it can be tried."""
    if shutil.which("apt-get") is None:
        return "needs apt-get, which this machine does not have"
    if os.geteuid() != 0:
        return "needs root"
    return None


def install() -> str | None:
    """Install Debian's Chromium; returns what went wrong, or None."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("update", "-q"), ("install", "-qy", "--no-install-recommends", *PACKAGES)):
        done = subprocess.run(
            ["apt-get", *command], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            return f"failed: apt-get {command[0]}: {' '.join(last)}"
    return None if found() else "went through, yet no chromium is on the PATH"


def main() -> int:
    """0 when there is a Chromium, at the latest afterwards."""
    if found():
        return 0
    problem = why_not()
    if problem is None:
        sys.stdout.write("Installing Chromium ...\n")
        problem = install()
    if problem is None:
        return 0
    sys.stderr.write(MISSING.format(names=", ".join(NAMES), why=problem, packages=" ".join(PACKAGES)))
    return 1


if __name__ == "__main__":
    sys.exit(main())
