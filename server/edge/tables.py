"""A spreadsheet as an answer: saved under a name, never kept on the way, with what its encoding could not hold."""

from litestar import Response

from notices.ledger.reach_csv import Csv


def table(made: Csv, filename: str) -> Response[bytes]:
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{filename}"'}
    if made.replaced:
        headers["X-Replaced-Characters"] = " ".join(f"U+{ord(char):04X}" for char in made.replaced)
    return Response(made.data, media_type="text/csv", headers=headers)
