"""What somebody would write who has Python: the vendors of vendor-extract.ts with the same values mapped, into one zip.

python3 csv-zip.py SOURCE ZIP LEVEL
"""

import csv
import io
import sys
import zipfile

LANGUAGES = {"D": "de", "E": "en-us"}
source, target, level = sys.argv[1:4]

with open(source, newline="", encoding="utf-8") as extract, zipfile.ZipFile(
    target, "w", zipfile.ZIP_DEFLATED, compresslevel=int(level)
) as archive, archive.open("Vendors V2.csv", "w", force_zip64=True) as packed, io.TextIOWrapper(
    packed, encoding="utf-8", newline=""
) as text:
    rows = csv.reader(extract)
    header = next(rows)
    at = {name: index for index, name in enumerate(header)}
    account, deleted, currency, blocked = at["ACCOUNT"], at["DELETED"], at["CURRENCY"], at["BLOCKED"]
    credit, language, created, email = at["CREDIT"], at["LANGUAGE"], at["CREATED"], at["EMAIL"]
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:
        if row[deleted]:
            continue
        row[account] = row[account].strip().rjust(10, "0")
        row[currency] = row[currency].upper() or "EUR"
        row[blocked] = "All" if row[blocked] == "X" else "No"
        row[credit] = row[credit].replace(".", "").replace(",", ".")
        row[language] = LANGUAGES.get(row[language], "")
        day, month, year = row[created].split(".")
        row[created] = f"{year}-{month}-{day}"
        row[email] = row[email].lower()
        writer.writerow(row)
