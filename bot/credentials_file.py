"""The App's credentials as the set-up page leaves them: a file in `DATA_DIR` that only its owner can read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

NAME = "credentials.json"
KEYS = (
    "GITHUB_APP_ID",
    "GITHUB_PRIVATE_KEY",
    "GITHUB_WEBHOOK_SECRET",
    "GITHUB_PRIVATE_KEY_PREVIOUS",
    "GITHUB_WEBHOOK_SECRET_PREVIOUS",
    "GITHUB_CLIENT_ID",
    "GITHUB_CLIENT_SECRET",
    "GITHUB_API_URL",
    "PUBLIC_URL",
)
"""The names of the settings that it holds."""


class UnreadableCredentials(ValueError):
    """The file is there, and its content can't be used."""


def read_credentials(data_dir: Path) -> dict[str, str]:
    """Empty if there is no file. Raises `UnreadableCredentials`."""
    file = data_dir / NAME
    try:
        read = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UnreadableCredentials(f"{file} can't be read: {error.strerror}") from None
    except ValueError:
        read = None
    if not isinstance(read, dict) or not all(isinstance(read.get(key, ""), str) for key in KEYS):
        raise UnreadableCredentials(
            f"{file} doesn't hold an App's credentials. Restore it, or delete it to set Drover up again"
        )
    return {key: read[key] for key in KEYS if key in read}


def write_credentials(data_dir: Path, values: Mapping[str, str]) -> Path:
    """Whole or not at all, and never readable by others. Raises `OSError`."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    file, new = data_dir / NAME, data_dir / f"{NAME}.new"
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump({key: values[key] for key in KEYS if key in values}, out, indent=2)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
    return file
