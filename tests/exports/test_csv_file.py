"""What a model wrote stays a text, and in its row, in whatever opens the CSV file."""

import csv
import io

import pandas as pd
import pytest

from backend.exports.csv_file import to_csv


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-2", '@SUM("A1")', "\tx", "\r=1", '=HYPERLINK("http://evil")']
)
def test_a_formula_becomes_a_text(text: str) -> None:
    rows = list(csv.reader(io.StringIO(to_csv(pd.DataFrame({"answer": [text]})), newline="")))
    assert rows == [["answer"], ["'" + text]]


def test_every_row_is_read_back_as_it_was() -> None:
    texts = ["one\rtwo", "one\r\ntwo", 'a "quoted" word', "1, 2", "Ä 鳥", "", " =1"]
    table = pd.DataFrame({"answer": texts, "value": [-0.5] * len(texts), "sample": range(7)})
    content = to_csv(table)
    assert pd.read_csv(io.StringIO(content, newline=""), keep_default_na=False).equals(table)
    assert content.count("-0.5") == 7  # Numbers stay numbers.


def test_what_is_missing_is_empty() -> None:
    table = pd.DataFrame({"answer": ["x", None], "value": [1.0, None]})
    assert to_csv(table).splitlines() == ['"answer","value"', '"x",1.0', '"",""']
