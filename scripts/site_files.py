"""A hook of mkdocs (mkdocs.yml): the site also has files next to docs/, the README as its first page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parent.parent
PAGES = {"index.md": "README.md", "CONTRIBUTING.md": "CONTRIBUTING.md", "CHANGELOG.md": "CHANGELOG.md"}
OTHER_FILES = (
    "schemas/*.json",
    "schemas/overlay.yaml",
    "benchmarks/RESULTS.md",
    "examples/**/*.*",
    "LICENSE",
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for name, source in PAGES.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text(encoding="utf-8")))
    for path in (path for pattern in OTHER_FILES for path in sorted(ROOT.glob(pattern))):
        name = path.relative_to(ROOT).as_posix()
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Turn links between docs/ and the folder above it into links inside the site."""
    return re.sub(r"\]\((?:\.\./|docs/)", "](", markdown)
