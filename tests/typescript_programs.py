"""Installs the programs that the tests run with Node.js: ``tests/typescript/package.json``, into ``build``.

``python tests/typescript_programs.py`` does it beforehand, which takes a minute: a driver may have to be compiled.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "typescript"


def installed() -> Path:
    """The complete folder. It is created elsewhere and then renamed, because several runs may do this at once."""
    wanted = ROOT / "tests" / "typescript" / "package.json"
    present = FOLDER / "package.json"
    if present.exists() and present.read_bytes() == wanted.read_bytes():
        return FOLDER
    FOLDER.parent.mkdir(exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=FOLDER.parent, prefix="typescript-"))
    shutil.copy(wanted, beside)
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    subprocess.run(command, cwd=beside, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"CI": "1"})
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        beside.rename(FOLDER)
    except OSError:  # another run was quicker
        shutil.rmtree(beside)
    return FOLDER


if __name__ == "__main__":
    print(f"{installed()} is ready.")
