"""The texts that tokenizers get wrong: 2,000 byte strings, and a corpus to train small tokenizers on."""
import random

SENTENCES = r"""
The quick brown fox jumps over the lazy dog. I've said it's what they'll do; we'd've known, you're right, I'm sure.
Der schnelle braune Fuchs springt über den faulen Hund. Größe, Straße, Übermut, ÄÖÜ und Fußgängerübergänge.
Le cœur a ses raisons que la raison ne connaît point. L'été, à Noël, où êtes-vous ? Ça va bien, s'il vous plaît !
El niño comió jamón en la mañana. ¿Cómo estás? ¡Qué sorpresa! Año nuevo, corazón, pingüino.
Zażółć gęślą jaźń. Příliš žluťoučký kůň úpěl ďábelské ódy. Árvíztűrő tükörfúrógép. İstanbul'da ığdır.
Съешь же ещё этих мягких французских булок, да выпей чаю. Україна, Ґанок, їжак. Объект подъезд.
Ξεσκεπάζω τὴν ψυχοφθόρα βδελυγμία. Ο ΣΟΦΟΣ ΟΔΥΣΣΕΥΣ. Τάχιστη αλώπηξ βαφής ψημένη γη.
我能吞下玻璃而不伤身体。今天天气很好,我们去公园散步吧!人工智能正在改变世界。 電腦軟體與網路。
いろはにほへと ちりぬるを わかよたれそ つねならむ。東京タワーへ行きました。カタカナとひらがな、漢字です。
키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다. 안녕하세요, 대한민국 서울입니다.
เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน ภาษาไทยไม่มีการเว้นวรรค
نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر. مَرْحَبًا بِالعَالَم، كيف حالك؟ ١٢٣٤٥
ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश। नमस्ते दुनिया, क्षत्रिय ज्ञान १२३
דג סקרן שט בים מאוכזב ולפתע מצא חברה. שָׁלוֹם עוֹלָם
Σήμερα ხვალ գալիք ይህ ጽሑፍ ᏣᎳᎩ မြန်မာ ភាសាខ្មែរ ລາວ বাংলা தமிழ் తెలుగు ಕನ್ನಡ മലയാളം සිංහල བོད་
def fibonacci(n: int) -> int:\n    if n < 2:\n        return n\n    return fibonacci(n - 1) + fibonacci(n - 2)\n
#include <vector>\nint main(int argc, char** argv) {\n\tstd::vector<int> v{1, 2, 3};\n\tfor (auto& x : v) x *= 2;\n\treturn 0;\n}\n
SELECT name, COUNT(*) FROM users WHERE age >= 18 AND email LIKE '%@example.com' GROUP BY name ORDER BY 2 DESC;
{"id": 12345, "price": 99.95, "tags": ["a", "b"], "nested": {"ok": true, "none": null}}\n
<div class="row"><a href="https://example.com/path?q=1&r=2#top">link</a></div>\r\n
x = (a + b) * c / d - e % f; y <<= 2; z ||= !w && v; // comment\n/* block */ #define MAX(a,b) ((a)>(b)?(a):(b))
In 1999, 3.14159 was 100% of 2,718,281 or 0x7fff; 192.168.0.1:8080, 2024-02-29T12:34:56Z, $1,000.00 €5 ½ ² Ⅷ ٣
""".strip().split("\n")
SENTENCES = [s.replace(r"\n", "\n").replace(r"\t", "\t").replace(r"\r", "\r") for s in SENTENCES]

EMOJI = ["😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪🇫🇷", "❤️", "1️⃣", "🧑🏿‍🚀", "🫠", "\U0001FAE8", "☃", "✨", "🤷🏻‍♀️"]
COMBINING = ["e\u0301", "a\u0328\u0301", "n\u0303", "\u1112\u1161\u11ab", "q\u0307\u0323", "q\u0323\u0307", "\u0301", "Z\u0351\u036b\u0343a\u0322l",
             "\u0344", "\u212b", "\u2126", "ﬁ", "①", "㎏", "\uac00\u11a8", "\u1100\u1161", "\u0f71\u0f72", "\u0958", "\u1e9b\u0323"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", " \n ", "\u00a0", "\u3000", "\u2009", "\u200b", "\u2028", "\x0b", "\x0c", "\x85", "\u1680", " \t ", "        "]
CONTROL = ["\x00", "\x01", "\x07", "\x1b[31m", "\x7f", "\u200d", "\ufeff", "\u202e", "\ufffd", "\ufffe", "\U000e0001", "\ue000", "\U0010ffff", "\u0080", "\u009f", "\u00ad"]
CONTRACTIONS = ["'s", "'S", "'t", "'T", "'re", "'RE", "'Re", "'rE", "'ve", "'VE", "'m", "'M", "'ll", "'LL", "'lL", "'d", "'D", "'ſ", "’s", "'x", "'", "''s", "'l", "'r", "'v"]
DIGITS = ["0", "12", "123", "1234", "12345678901234567890", "3.14", "1,000", "٣٤٥", "१२३४", "²³", "½", "Ⅷ", "⅚x", "一二三", "𝟘𝟙𝟚", "0x1F", "1e-5"]
LETTERS = ["Hello", "world", "camelCaseWord", "XMLHttpRequest", "HTTPServer", "snake_case", "ALLCAPS", "McDonald", "ǅungla", "ʰʷ", "ªº", "ñ", "Ünïcödé", "ß", "İI", "naïve",
           "你好", "世界", "日本語", "カタカナ", "한국어", "ไทย", "สวัสดี", "مرحبا", "नमस्ते", "क्षि", "שלום", "Привет", "Ελλάδα", "ᏣᎳᎩ", "𝓗𝓮𝓵𝓵𝓸", "ｆｕｌｌ", "\u0e33", "ঙ্ক", "\U0001e900\U0001e943", "\u1c80", "\U00010d4a"]
PUNCTUATION = [".", ",", "!", "?", "...", "--", "—", "“q”", "‘q’", "«»", "(", ")", "[]", "{}", "//", "/*", "*/", "==", "!=", "->", "=>", "::", ";", "#", "@", "$", "%", "^", "&", "~", "`", "\\", "|", "<", ">", "€", "©", "™", "°", "±", "∑", "→", "、", "。", "！", "¿", "§", "·", "_", "▁", "▁▁"]
ADDED = ["<|endoftext|>", "<|begin_of_text|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>", "<unk>", "<mask>", " <mask> ", "<extra>", "[STRIP]", "  [STRIP]  ", "word_token", "<|endof", "|>", "<0x41>", "<0xZZ>", "[CLS]", "[SEP]", "ADDED"]
INVALID = [b"\xff", b"\xfe\xfe", b"\xc3", b"\xe4\xbd", b"\xf0\x9f\x98", b"\xf0\x9f", b"\x80", b"\xbf\xbf", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xed\xa0\xbd\xed\xb8\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe4\xbdA", b"\xf0\x9f\x98A", b"\xf0\x80\x80\x80"]
CODE = SENTENCES[15:21]

FIXED = ["", " ", "  ", "\n", "\x00", "a", "\x00\x00a\x00", " a", "a ", " a ", "\n\n\n", " \n", "\n ", "\r\n\r\n", "\t\tx", "'s", " 's", "'S 'T", "don't", "DON'T", "it’s", "▁", "▁a", " ▁", "a▁b", "▁▁ ▁",
         "a" * 300, " " * 300, "\n" * 100, "ab" * 200, "é" * 100, "你" * 200, "😀" * 60, "1" * 100, "!" * 200, " a" * 100, "\t" * 60, "a\u0301" * 60, "\u0301" * 60, "<s>" * 10, "<|endoftext|>" * 4, "x<s>y</s>z", " <mask>  <mask>a <mask>",
         "hello <|endoftext|>world", "\ud7a3\u1100", "\u2581\u2581x", "A\u0345\u0301", "ſ's'ſ", "ΑΣ ΑΣΑ", "İ", "ǅ", "ﷺ", "\ufdfa", "①②", "Å", "\u1ea4\u0323", "\u0063\u0327\u0301", "🇩", "🇩🇪", "👨\u200d", "\u200d👩", "a\u200bb", "\ufeffabc"]


def texts(seed=20261124, count=2000):
    """`count` byte strings, each different, the same for the same seed."""
    rng = random.Random(seed)
    pools = [EMOJI, COMBINING, SPACES, CONTROL, CONTRACTIONS, DIGITS, LETTERS, PUNCTUATION, ADDED, CODE]
    weights = [3, 3, 6, 2, 3, 3, 8, 4, 2, 1]
    result = [t.encode() for t in FIXED] + [s.encode() for s in SENTENCES]
    seen = set(result)
    while len(result) < count:
        kind = rng.randrange(8)
        parts = []
        if kind == 0:  # a stretch of a sentence, cut anywhere
            s = rng.choice(SENTENCES)
            a = rng.randrange(len(s))
            parts.append(s[a : a + rng.randrange(1, 60)].encode())
        elif kind == 1:  # bytes cut anywhere, so characters may be broken
            s = rng.choice(SENTENCES).encode()
            a = rng.randrange(len(s))
            parts.append(s[a : a + rng.randrange(1, 30)])
            parts.append(rng.choice(INVALID))
            parts.append(rng.choice(LETTERS).encode())
        elif kind == 2:  # one kind again and again
            pool = rng.choice(pools)
            parts += [rng.choice(pool).encode() for _ in range(rng.randrange(1, 8))]
        else:
            for _ in range(rng.randrange(2, 14)):
                parts.append(rng.choice(rng.choices(pools, weights)[0]).encode())
                if rng.random() < 0.03:
                    parts.append(rng.choice(INVALID))
                if rng.random() < 0.03:
                    parts.append(chr(rng.choice([rng.randrange(0x250), rng.randrange(0x3000), rng.randrange(0xE000, 0x20000)])).encode())
        text = b"".join(parts)
        if text not in seen:
            seen.add(text)
            result.append(text)
    return result
