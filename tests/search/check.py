#!/usr/bin/env python3
"""Checks the recall corpus: `python3 tests/search/check.py`. Standard library only.

Nothing here stems or searches: the rules only say that a query is of the kind its class names, and that a person reading the expected
documents would find its words there. Prints a table of counts and every broken line; exits with 1 if there is one.
"""

import json
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
KINDS = {"INITIATIVE": "i", "TICKET": "t", "CLUSTER": "c", "COMMENT": "m", "DECISION": "d", "DEPARTMENT": "p", "SERVICE": "s"}
FIELDS = ["id", "kind", "title", "body", "language", "topic", "territory"]
TOPICS = "roads transport lighting courtyards ecology housing education health culture sport digital safety".split()
TERRITORIES = "zarechye old-pier smiths-quarter orchard upper-pinewood meadows".split()
CLASSES = (
    "word_forms fleeting_vowels yo one_typo two_typos prefix layout mixed numbers addresses phrases english"
).split()
AT_LEAST = {"class": 25, "queries": 330, "documents": (400, 600)}

# Words that carry nothing: a query may have them where its document has not.
STOP = set(
    "а без в во где для до же за и из или из-за к как когда ко кто ли между на над не нет о об от по под при про с со сколько у чем что "
    "через это a an and are at by for from in is it not of off on or out the to with who my s".split()
)
# Parts of an address that people write, shorten and leave out as they like.
ADDRESS = set("улица улице ул дом доме дома д квартира кв корпус корп подъезд площадь пл street st".split())

KEYS_EN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.~QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>"
KEYS_RU = "ёйцукенгшщзхъфывапролджэячсмитьбюЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ"
TO_RU = str.maketrans(KEYS_EN, KEYS_RU)
TO_EN = str.maketrans(KEYS_RU, KEYS_EN)
# Latin letters that look like Cyrillic ones.
ALIKE = str.maketrans("aceopxykmthbACEOPXYKMTHB", "асеорхукмтнвАСЕОРХУКМТНВ")
ALIKE_BACK = str.maketrans("асеорхукАСЕОРХУКМТНВ", "aceopxykACEOPXYKMTHB")
VOWELS = set("аеёиоуыэюяйь")


def plain(text):
    return unicodedata.normalize("NFC", text).lower()


def fold(text):
    return plain(text).replace("ё", "е")


def words(text):
    return re.findall(r"[^\W_]+", text)


def content(text):
    return [word for word in words(fold(text)) if word not in STOP]


def letters(word):
    return not any(c.isdigit() for c in word)


def common(a, b):
    """Letters that two words have in common from the start."""
    n = 0
    for x, y in zip(a, b):
        if x != y:
            break
        n += 1
    return n


def near(word, among, least=4):
    """Whether the word, or a form of it by its first letters, is among these."""
    least = min(least, max(3, len(word) - 1), len(word))
    return any(common(word, other) >= least and (len(word) > 3 or word == other or len(other) > 3) for other in among)


def distance(a, b):
    """Damerau-Levenshtein: insertions, deletions, substitutions, transpositions of neighbours."""
    before, last = None, list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(row[-1] + 1, last[j] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def frame(word):
    """Consonants of a word, each with whether a vowel or a sign stands before it that may be a fleeting one."""
    found, vowel = [], False
    # Of скамейка and скамеек the й is a consonant.
    for c in word.replace("йк", "jк").replace("еек", "еjек"):
        if c in VOWELS:
            vowel = vowel or c not in "ьй"
        else:
            found.append((c, vowel))
            vowel = False
    return found


def fleeting(a, b):
    """Whether one of the words has a vowel where the other has none, with the same consonants up to there."""
    for (x, before_x), (y, before_y) in zip(frame(a), frame(b)):
        if x != y:
            return False
        if before_x != before_y:
            return (a[0] in VOWELS) == (b[0] in VOWELS)
    return False


class Document:
    def __init__(self, line):
        self.__dict__.update(line)
        self.text = f"{line['title']}\n{line['body']}"
        self.plain = words(plain(self.text))
        self.words = words(fold(self.text))
        self.squeezed = re.sub(r"\s", "", fold(self.text))


def fails_word_forms(query, document, first):
    for word in content(query):
        if word in document.words:
            return f"«{word}» stands literally in {document.id}"
        if not near(word, document.words, 3):
            return f"nothing like «{word}» in {document.id}"


def fails_fleeting_vowels(query, document, first):
    all_words = content(query)
    keys = [w for w in all_words if w not in document.words and any(fleeting(w, other) for other in document.words)]
    if not keys:
        return f"no fleeting vowel in {document.id}"
    lost = [w for w in all_words if w not in keys and not near(w, document.words, 3)]
    return f"nothing like «{lost[0]}» in {document.id}" if lost else None


def fails_yo(query, document, first):
    original = [w for w in words(plain(query)) if w.replace("ё", "е") not in STOP]
    if not any(w not in document.plain and w.replace("ё", "е") in document.words for w in original):
        return f"ё and е make no difference in {document.id}"
    lost = [w for w in content(query) if not near(w, document.words)]
    return f"nothing like «{lost[0]}» in {document.id}" if lost else None


def typos(count, shortest):
    def check(query, document, first):
        wrong = 0
        for word in content(query):
            nearest = min(distance(word, other) for other in document.words)
            if nearest == 0 or (letters(word) and near(word, document.words) and nearest != count):
                continue
            if nearest != count:
                # Another expected document may have another form of the word.
                if not first and nearest <= count + 2:
                    wrong += 1
                    continue
                return f"«{word}» is {nearest} away from {document.id}"
            if len(word) < shortest:
                return f"«{word}» is too short"
            wrong += 1
        return None if wrong == 1 or (wrong == 0 and not first) else f"{wrong} wrong words for {document.id}"

    return check


def fails_prefix(query, document, first):
    *rest, last = words(fold(query))
    if len(last) < 3:
        return f"«{last}» is too short"
    if last in document.words:
        return f"«{last}» is a whole word of {document.id}"
    if not any(other.startswith(last) for other in document.words):
        return f"«{last}» begins no word of {document.id}"
    lost = [w for w in rest if w not in STOP and not near(w, document.words)]
    return f"nothing like «{lost[0]}» in {document.id}" if lost else None


def fails_layout(query, document, first):
    cyrillic = re.search(r"[а-яё]", plain(query))
    meant = fold(query.translate(TO_EN if cyrillic else TO_RU))
    if any(w in document.words for w in words(fold(query)) if letters(w)):
        return f"found as typed in {document.id}"
    lost = [w for w in words(meant) if w not in STOP and not near(w, document.words)]
    return f"nothing like «{lost[0]}» in {document.id}" if lost else None


def fails_mixed(query, document, first):
    def scripts(text):
        return {"LATIN" if re.match("[a-z]", c) else "CYRILLIC" for c in plain(text) if re.match("[a-zа-яё]", c)}

    def mixes_in_word(text):
        return any(len(scripts(w)) == 2 for w in words(text))

    if len(scripts(query)) < 2 and not mixes_in_word(document.text):
        return f"one script only in query and {document.id}"
    among = set(document.words)
    for table in (ALIKE, ALIKE_BACK):
        among |= set(words(fold(document.text.translate(table))))
    for word in content(query):
        if not any(near(fold(word.translate(table)), among) for table in (ALIKE, ALIKE_BACK, {})):
            return f"nothing like «{word}» in {document.id}"


def fails_numbers(query, document, first):
    with_digits = [w for w in words(fold(query)) if not letters(w)]
    if not with_digits:
        return "no number"
    lost = [w for w in with_digits if w not in document.words]
    lost += [w for w in content(query) if letters(w) and w not in ADDRESS and not near(w, document.words)]
    return f"nothing like «{lost[0]}» in {document.id}" if lost else None


def fails_addresses(query, document, first):
    parts = [w for w in words(fold(query)) if w not in STOP and w not in ADDRESS]
    # A letter after the number may stand apart from it.
    parts = words(re.sub(r"(\d) ([а-я])\b", r"\1\2", " ".join(parts)))
    lost = [w for w in parts if letters(w) and not near(w, document.words, 5)]
    lost += [w for w in parts if not letters(w) and w not in document.words and w not in document.squeezed]
    if not any(not letters(w) for w in parts) or not any(letters(w) for w in parts):
        return "not a street with a house"
    return f"nothing like «{lost[0]}» in {document.id}" if lost else None


def fails_phrases(query, document, first):
    quoted = re.fullmatch(r'["«](.+)["»]', query)
    if quoted:
        wanted = words(fold(quoted[1]))
        if len(wanted) < 2:
            return "one word is no phrase"
        found = any(document.words[n : n + len(wanted)] == wanted for n in range(len(document.words)))
        return None if found else f"{document.id} does not say so"
    if len(content(query)) < 3:
        return "fewer than three words"
    lost = [w for w in content(query) if not near(w, document.words)]
    return f"nothing like «{lost[0]}» in {document.id}" if lost else None


def fails_english(query, document, first):
    if re.search("[а-яё]", plain(query)) or document.language != "en":
        return f"not English, or {document.id} is not"
    found = [w for w in content(query) if w not in document.words]
    if not found:
        return f"all words stand literally in {document.id}"
    lost = [w for w in found if not near(w, document.words, 3)]
    return f"nothing like «{lost[0]}» in {document.id}" if lost else None


RULES = {
    "one_typo": typos(1, 5),
    "two_typos": typos(2, 7),
    **{name: globals()[f"fails_{name}"] for name in CLASSES if not name.endswith(("typo", "typos"))},
}


def read_documents(broken):
    documents = {}
    for n, line in enumerate((HERE / "documents.jsonl").read_text("utf-8").splitlines(), 1):
        at = f"documents.jsonl:{n}"
        try:
            row = json.loads(line)
        except ValueError as error:
            broken.append(f"{at}: {error}")
            continue
        if list(row) != FIELDS or not all(isinstance(value, str) for value in row.values()):
            broken.append(f"{at}: not the fields {FIELDS}")
            continue
        letter = KINDS.get(row["kind"])
        if letter is None or not re.fullmatch(rf"{letter}-\d{{3}}", row["id"]):
            broken.append(f"{at}: kind and id do not fit")
        if row["id"] in documents:
            broken.append(f"{at}: {row['id']} is there twice")
        if row["language"] not in ("ru", "en") or row["topic"] not in TOPICS or row["territory"] not in TERRITORIES:
            broken.append(f"{at}: unknown language, topic or territory")
        if not row["body"].strip() or (not row["title"].strip() and row["kind"] not in ("COMMENT", "TICKET")):
            broken.append(f"{at}: empty text")
        documents[row["id"]] = Document(row)
    texts = Counter(fold(d.text) for d in documents.values())
    broken += [f"documents.jsonl: twice the same: {text[:60]}" for text, times in texts.items() if times > 1]
    return documents


def read_queries(documents, broken):
    counts, singles, seen = Counter(), Counter(), set()
    lines = (HERE / "queries.tsv").read_text("utf-8").splitlines()
    if lines[0] != "class\tquery\texpected\tnote":
        broken.append("queries.tsv:1: not the header")
    for n, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        if len(cells) != 4 or cells[0] not in CLASSES or not cells[1].strip() or cells[1] != cells[1].strip():
            broken.append(f"queries.tsv:{n}: not class, query, expected, note: {line!r}")
            continue
        kind, query, expected, _ = cells
        ids = expected.split(",")
        if kind + query in seen:
            broken.append(f"queries.tsv:{n}: {query} is there twice")
        seen.add(kind + query)
        counts[kind] += 1
        singles[kind] += len(ids) == 1
        if len(set(ids)) != len(ids) or not 1 <= len(ids) <= 10:
            broken.append(f"queries.tsv:{n}: from one to ten ids, each once: {expected}")
        for one in ids:
            if one not in documents:
                broken.append(f"queries.tsv:{n}: {query}: no document {one}")
            elif failure := RULES[kind](query, documents[one], one == ids[0]):
                broken.append(f"queries.tsv:{n}: {kind}: {query}: {failure}")
    return counts, singles


def main():
    broken = []
    documents = read_documents(broken)
    counts, singles = read_queries(documents, broken)
    for name in CLASSES:
        if counts[name] < AT_LEAST["class"]:
            broken.append(f"{name}: {counts[name]} queries, fewer than {AT_LEAST['class']}")
    least, most = AT_LEAST["documents"]
    if not least <= len(documents) <= most:
        broken.append(f"{len(documents)} documents, not between {least} and {most}")
    if counts.total() < AT_LEAST["queries"]:
        broken.append(f"{counts.total()} queries, fewer than {AT_LEAST['queries']}")

    print(f"{'class':<16}{'queries':>8}{'one answer':>12}")
    for name in CLASSES:
        print(f"{name:<16}{counts[name]:>8}{singles[name]:>12}")
    print(f"{'total':<16}{counts.total():>8}{singles.total():>12}\n")
    print(f"{'kind':<16}{'documents':>8}{'English':>12}")
    for kind in KINDS:
        of = [d for d in documents.values() if d.kind == kind]
        print(f"{kind:<16}{len(of):>8}{sum(d.language == 'en' for d in of):>12}")
    print(f"{'total':<16}{len(documents):>8}{sum(d.language == 'en' for d in documents.values()):>12}")
    for line in broken:
        print(line, file=sys.stderr)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
