"""The roster as a file: what is read, what is refused and in which words, and that writing is the inverse."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notices.roster import sheet
from notices.roster.cells import cleaned, defused
from notices.roster.rows import HouseholdRow, Parsed, PersonRow, SeatRow, same, same_number
from notices.town.people_errors import RosterNotInCp932

TODAY = date(2026, 11, 22)
HEADER = ",".join(sheet.HEADERS.values())


def read(*lines: str, header: str = HEADER, encoding: str = "utf-8") -> Parsed:
    return sheet.parse("\r\n".join([header, *lines]).encode(encoding), TODAY)


def only_error(parsed: Parsed) -> str:
    assert len(parsed.errors) == 1, parsed.problems
    return f"{parsed.errors[0].row}: {parsed.errors[0].message}"


WHOLE = (
    "1班,1,001,佐藤,3丁目4-2,,A1,佐藤 太郎,さとう たろう,昭和25年,000-1111-2222,taro@example.jp,会長,2026/4/1,令和9年3月31日",
    "1班,,001,,,,A2,佐藤 花子,さとう はなこ,1952,,taro@example.jp,,,",
    "2班,1,002,田中,3丁目5-1,○,,,,,,,,,",
)


def test_a_whole_file_is_read() -> None:
    parsed = read(*WHOLE)
    assert parsed.problems == []
    assert parsed.rows == 3
    seat = SeatRow("会長", "president", begins=date(2026, 4, 1), until=date(2027, 3, 31))
    taro = PersonRow("佐藤 太郎", "A1", "さとう たろう", 1950, "000-1111-2222", "taro@example.jp", (seat,))
    hanako = PersonRow("佐藤 花子", "A2", "さとう はなこ", 1952, "", "taro@example.jp")
    assert parsed.households == [
        HouseholdRow("1班", 1, "001", "佐藤", "3丁目4-2", False, (taro, hanako)),
        HouseholdRow("2班", 1, "002", "田中", "3丁目5-1", True),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_the_encoding_is_found_out(encoding: str) -> None:
    assert read(*WHOLE, encoding=encoding) == read(*WHOLE)


def test_english_headings_tabs_and_blank_lines_are_read_too() -> None:
    header = "block\tWalk\thousehold\thouseholdName\taddress\tname\tE-mail".replace("E-mail", "email")
    parsed = sheet.parse(f"{header}\n\n1班\t1\t1\t佐藤\t\t太郎\ta@example.jp\n\n".encode(), TODAY)
    assert parsed.problems == []
    assert parsed.households[0].people[0].mail == "a@example.jp"
    assert parsed.columns == {"block", "walk", "household", "householdName", "street", "name", "mail"}


def test_an_unknown_column_is_named_with_the_nearest_known_one() -> None:
    message = only_error(read("1班,1,1", header="班,世帯番合,世帯名,氏名"))
    assert message.startswith("1: 列「世帯番合」は分かりません。「世帯番号」のことですか。使える列: 班、")


def test_a_missing_column_is_named() -> None:
    assert only_error(read("1班,1", header="班,世帯番号,住所")) == (
        "1: 列「世帯名」「氏名」がありません。見出しの行を確かめてください。"
    )


def test_a_column_twice_is_refused() -> None:
    assert "列「氏名」が二つあります" in only_error(read("a", header="班,世帯番号,世帯名,氏名,名前"))


def test_a_broken_row_is_reported_and_the_others_are_read_on() -> None:
    parsed = read("1班,1,1,佐藤", WHOLE[0], "1班,x,9,鈴木,,,,鈴木 一,,,,,,,")
    assert [(problem.row, problem.level) for problem in parsed.problems] == [(2, "error"), (4, "error")]
    assert "列の数が見出しと合いません（見出し15、この行4）" in parsed.problems[0].message
    assert "「巡回順」: 「x」は順番になりません" in parsed.problems[1].message


def test_an_open_quotation_mark_is_reported_where_it_begins() -> None:
    assert only_error(read(WHOLE[0], '1班,1,"2,佐藤')).startswith("3: この行は読めません")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1班,1,1,佐藤,,,,太郎,,19500,,,,,", "「生年」: 「19500」は年になりません"),
        ("1班,1,1,佐藤,,,,太郎,,2031,,,,,", "「生年」: 「2031」は年になりません"),
        ("1班,1,1,佐藤,,,,太郎,,昭和65年,,,,,", "「生年」: 「昭和65年」は年になりません"),
        ("1班,1,1,佐藤,,,,太郎,,,,a@b@c,,,", "メールアドレスの形になっていません"),
        ('1班,1,1,佐藤,,,,太郎,,,,"a@x.jp>,<b@x.jp",,,', "メールアドレスの形になっていません"),
        ("1班,1,1,佐藤,,,,太郎,,,,,謎の役,,", "「謎の役（役員）」のように"),
        ("1班,1,1,佐藤,,,,太郎,,,,,会長,2026-06-31,", "「任期開始」: 「2026-06-31」は暦にない日です"),
        ("1班,1,1,佐藤,,,,太郎,,,,,会長,2027-04-01,2027-03-31", "任期の終わりが始まりより前です"),
        ("1班,1,1,佐藤,,,,太郎,,,,,,2027-04-01,", "任期がありますが、役職がありません"),
        ("1班,1,1,佐藤,,,,太郎,,,,,班長：9班,,", "役職にある班「9班」が、この名簿にありません"),
        ("1班,1,1,佐藤,,,,,,1950,,,,,", "氏名がありません"),
        ("1班,1,,佐藤,,,,太郎,,,,,,,", "世帯番号がありません"),
        (",1,1,佐藤,,,,太郎,,,,,,,", "班がありません"),
        ("1班,1,1,佐藤,,紙かも,,太郎,,,,,,,", "「紙」: 「紙かも」が分かりません"),
        ("1班,1,1,=HYPERLINK(1),,,,太郎,,,,,,,", "「世帯名」: 「=」で始まる式のような値です"),
        ("1班,1,1,佐藤,,,,＝１＋１,,,,,,,", "「氏名」: 「＝」で始まる式のような値です"),
        ("1班,1,1,佐藤,＠SUM,,,太郎,,,,,,,", "「住所」: 「＠」で始まる式のような値です"),
        ("1班,1,1,佐藤,,,,太\u202e郎,,,,,,,", "「氏名」: 改行や、見えない制御文字"),
        ("1班,1,1,佐藤,,,,太\x00郎,,,,,,,", "「氏名」: 改行や、見えない制御文字"),
        ('1班,1,1,佐藤,"3丁目\n4-2",,,太郎,,,,,,,', "「住所」: 改行や、見えない制御文字"),
        (f"1班,1,1,{'佐' * 201},,,,太郎,,,,,,,", "201文字あります"),
    ],
)
def test_a_bad_cell_is_an_error_that_says_what_to_do(line: str, said: str) -> None:
    errors = read(line).errors
    assert any(said in error.message and error.row == 2 for error in errors), errors


@pytest.mark.parametrize("phone", ["+81-00-1111-2222", "＋81 00 1111 2222", "000-1111-2222"])
def test_a_telephone_number_with_a_plus_is_no_formula(phone: str) -> None:
    parsed = read(f"1班,1,1,佐藤,,,,太郎,,,{phone},,,,")
    assert parsed.problems == []
    assert parsed.households[0].people[0].phone == phone


def test_a_dash_where_there_is_nothing_is_nothing() -> None:
    parsed = read("1班,1,1,佐藤,－,-,ー,太郎,—,-,-,－,-,-,-")
    assert parsed.problems == []
    assert parsed.households[0].people == (PersonRow("太郎"),)


def test_two_people_may_share_one_address_and_an_old_address_is_accepted_with_a_warning() -> None:
    parsed = read(
        "1班,1,1,佐藤,,,,太郎,,,,a..b@keitai.example.jp,,,",
        "1班,1,1,佐藤,,,,花子,,,,a..b@keitai.example.jp,,,",
    )
    assert [(problem.row, problem.level) for problem in parsed.problems] == [(2, "warning"), (3, "warning")]
    assert {person.mail for person in parsed.households[0].people} == {"a..b@keitai.example.jp"}


def test_full_width_mail_addresses_become_narrow() -> None:
    parsed = read("1班,1,1,佐藤,,,,太郎,,,,ｔａｒｏ＠ＥＸＡＭＰＬＥ．ｊｐ,,,")
    assert parsed.households[0].people[0].mail == "taro@example.jp"


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("1班,1,1,佐藤,,,,太郎,,,,,,,", "2行目と同じ人です"),
        ("1班,1,1,佐藤,,,7,太郎,,,,,,,", "同じ世帯に同じ氏名があります"),
        ("2班,1,1,佐藤,,,,花子,,,,,,,", "「班」が2行目の「1班」とちがいます"),
        ("1班,1,1,加藤,,,,花子,,,,,,,", "「世帯名」が2行目の「佐藤」とちがいます"),
        ("1班,1,0001,佐藤,,,,太郎,,,,,,,", "2行目と同じ人です"),
    ],
)
def test_what_contradicts_an_earlier_row_is_an_error(second: str, said: str) -> None:
    message = only_error(read("1班,1,1,佐藤,,,,太郎,,,,,,,", second))
    assert message.startswith("3:")
    assert said in message


def test_one_number_for_two_people_is_an_error() -> None:
    parsed = read("1班,1,1,佐藤,,,7,太郎,,,,,,,", "1班,2,2,田中,,,7,太郎,,,,,,,")
    assert "この住民番号は、ほかの人にも付いています" in only_error(parsed)


def test_namesakes_in_one_household_are_two_people_when_both_are_numbered() -> None:
    parsed = read("1班,1,1,佐藤,,,7,太郎,,,,,,,", "1班,1,1,佐藤,,,8,太郎,,,,,,,")
    assert parsed.problems == []
    assert len(parsed.households[0].people) == 2


def test_a_second_seat_is_a_second_row() -> None:
    parsed = read("1班,1,1,佐藤,,,,太郎,,1950,,,会計,,", "1班,1,1,,,,,太郎,,,,,班長,,")
    assert parsed.problems == []
    assert [seat.role for seat in parsed.households[0].people[0].seats] == ["officer", "block-leader"]


def test_the_same_seat_from_the_same_day_twice_is_an_error() -> None:
    row = "1班,1,1,佐藤,,,,太郎,,,,,会長,2026-04-01,"
    assert only_error(read(row, row + "2027-03-31")).startswith("3: 2行目と同じ人です")


def test_a_term_that_is_over_gives_no_seat() -> None:
    parsed = read("1班,1,1,佐藤,,,,太郎,,,,,会長,2025-04-01,2026-03-31")
    assert [problem.level for problem in parsed.problems] == ["warning"]
    assert parsed.households[0].people[0].seats == ()


def test_households_without_a_place_come_last_in_their_block() -> None:
    parsed = read("1班,,1,佐藤,,,,,,,,,,,", "1班,5,2,田中,,,,,,,,,,,", "1班,,3,鈴木,,,,,,,,,,,")
    assert [household.walk for household in parsed.households] == [6, 5, 7]


def test_two_households_in_one_place_are_a_warning() -> None:
    parsed = read("1班,1,1,佐藤,,,,,,,,,,,", "1班,1,2,田中,,,,,,,,,,,")
    assert [problem.level for problem in parsed.problems] == ["warning", "warning"]


def test_text_is_kept_byte_for_byte() -> None:
    names = ["𠮷田", "か\u3099", "ﾊﾝｶｸ", "家族👨‍👩‍👧", "葛\U000e0100城"]
    parsed = read(*(f"1班,{n},{n},{name},,,,{name},,,,,,," for n, name in enumerate(names, 1)))
    assert parsed.problems == []
    assert [household.people[0].name for household in parsed.households] == names


def test_characters_an_office_drew_for_itself_are_a_warning() -> None:
    parsed = read("1班,1,1,\ue000藤,,,,,,,,,,,", encoding="cp932")
    assert "外字" in parsed.problems[0].message


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "見出し"),
        (HEADER.encode(), "見出しの下に行がありません"),
        (b"\x81\xff\xfe\x80\x81", "文字コードが分かりません"),
        (HEADER.encode("utf-16"), "文字コード"),
        (b"PK\x03\x04" + bytes(200), "見出し"),
        (b"x" * (sheet.LARGEST + 1), "10MBを超えています"),
        ("\n".join([HEADER, *["1班,1,1,佐藤,,,,,,,,,,,"] * 20_001]).encode(), "20,000行を超えています"),
    ],
)
def test_a_file_that_is_no_roster_gets_one_sentence(data: bytes, said: str) -> None:
    assert said in only_error(sheet.parse(data, TODAY))


@pytest.mark.parametrize("char", ["𠮷", "〜", "👪"])
def test_what_cp932_lacks_or_alters_is_refused_by_name(char: str) -> None:
    with pytest.raises(RosterNotInCp932) as refused:
        sheet.format([HouseholdRow("1班", 1, "1", f"{char}田")], "cp932")
    assert char in refused.value.detail()


@given(st.text())
def test_no_cell_that_leaves_is_computed_and_each_is_read_back(text: str) -> None:
    cell = defused(text)
    assert not cell.startswith(tuple("=+-@＝＋－＠"))
    if text == text.strip() and text not in "-－ー―—–−" and text.isprintable() and len(text) < 200:
        assert cleaned(cell) == text


@given(st.binary(max_size=2000))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    assert sheet.parse(data, TODAY).errors
    sheet.parse(HEADER.encode() + b"\n" + data, TODAY)


# --- the law: what is written is read back ------------------------------------------------------------

written = st.text(
    st.characters(codec="cp932", categories=["L", "N", "P", "S", "Zs"], exclude_characters="¢£¬‖−〜"),
    min_size=1,
    max_size=12,
).filter(lambda text: cleaned_or_none(defused(text)) == text)
word = st.one_of(
    st.sampled_from(["佐藤 太郎", "班長", "会長（代行）", "=1+1", "'=x", "a,b", '"', "＠"]), written
)
maybe = st.one_of(st.just(""), word)
day = st.dates(date(1990, 1, 1), date(2090, 1, 1))
mail = st.from_regex(r"[a-z.]{1,8}@[a-z]{1,5}\.example\.jp", fullmatch=True)


def cleaned_or_none(text: str) -> str | None:
    try:
        return cleaned(text)
    except ValueError:
        return None


@st.composite
def seats(draw: st.DrawFn) -> SeatRow:
    title = draw(word.filter(lambda text: ":" not in text and "：" not in text and "<" not in text))
    role = draw(st.sampled_from(["president", "officer", "block-leader", "helper"]))
    begins = draw(st.none() | day)
    until = draw(
        st.none() | st.integers(0, 900).map(lambda days: max(begins or TODAY, TODAY) + timedelta(days))
    )
    return SeatRow(title, role, None, begins, until)


@st.composite
def rosters(draw: st.DrawFn) -> list[HouseholdRow]:
    blocks = draw(st.lists(word, min_size=1, max_size=3, unique_by=lambda text: same(text)))
    numbers = draw(st.lists(word, min_size=1, max_size=5, unique_by=lambda text: same_number(text)))
    return [draw(household(blocks, number, place)) for place, number in enumerate(numbers, 1)]


def household(blocks: list[str], number: str, place: int) -> st.SearchStrategy[HouseholdRow]:
    return st.builds(
        HouseholdRow,
        block=st.sampled_from(blocks),
        walk=st.just(place),
        number=st.just(number),
        name=word,
        street=maybe,
        paper=st.booleans(),
        people=st.lists(people, max_size=3, unique_by=lambda person: same(person.name)).map(tuple),
        line=st.just(0),
    )


people = st.builds(
    PersonRow,
    name=word,
    number=st.just(""),
    kana=maybe,
    born=st.none() | st.integers(1880, 2026),
    phone=maybe | st.just("+81-00-1111-2222"),
    mail=st.just("") | mail,
    # Two terms of one person on one seat do not begin on the same day: a file that says so has a row twice.
    seats=st.lists(
        seats(), max_size=2, unique_by=lambda seat: (same(seat.title), seat.role, seat.begins)
    ).map(tuple),
    line=st.just(0),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(rosters(), st.sampled_from(["utf-8", "cp932"]))
def test_what_is_written_is_read_back_as_the_same_roster(roster: list[HouseholdRow], encoding: str) -> None:
    parsed = sheet.parse(sheet.format(roster, encoding), TODAY)
    assert parsed.errors == []
    assert parsed.households == roster
