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
    files.append(File.generated(config, "site.css", abs_src_path=str(Path(__file__).with_name("site.css"))))
    return files


def on_post_page(output: str, **_: Any) -> str:
    """Give the search dialog a name, and make empty headers of tables cells."""
    return output.replace('role="dialog"', 'role="dialog" aria-label="Search"').replace(
        "<th></th>", "<td></td>"
    )


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Turn links between docs/ and the folder above it into links inside the site."""
    inside = re.sub(r"\]\((?:\.\./|docs/)", "](", markdown)
    return re.sub(r"\]\(README\.md", "](index.md", inside)
