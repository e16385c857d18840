"""Text of a PDF by poppler. Without it the test is skipped, but on the build server it has to be there."""

import os
import shutil
import subprocess
from functools import cache

import pytest


@cache
def pages(pdf: bytes) -> list[str]:
    """Text of each page, laid out as printed."""
    if shutil.which("pdftotext") is None:
        if os.environ.get("CI"):
            pytest.fail("pdftotext is missing: install poppler-utils")
        pytest.skip("pdftotext is missing (poppler-utils): the text of the PDF was NOT checked")
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]
