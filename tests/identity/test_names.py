import pytest

from crm_lib.identity.names import compatible, read_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张丽", "张 丽"),
        ("张丽", "张丽女士"),
        ("张丽", "Ms. 张丽"),
        ("张丽", "张女士"),
        ("张丽", "张*"),
        ("张丽华", "张*华"),
        ("张丽", "小丽"),
        ("张丽", "小张"),
        ("张丽", "丽丽"),
        ("张丽", "张姐"),
        ("张丽", "丽姐"),
        ("张丽华", "丽姐"),
        ("张*", "张姐"),
        ("张女士", "张大姐"),
        ("欧阳锋", "欧阳大哥"),
        ("张丽", "🌸丽"),
        ("张丽", "★张丽❤️"),
        ("张丽华", "丽华"),
        ("张丽", "阳光女孩"),
        ("张丽", "Lily"),
        ("张丽", ""),
        ("张丽", None),
        ("张*", "张女士"),
        ("欧阳娜", "欧阳小姐"),
        ("Li Zhang", "ZHANG, Li"),
        ("John Smith", "J. Smith"),
        ("John Smith", "Mr Smith"),
        ("John Smith", "john a smith"),
        ("ＪＯＨＮ　Ｓｍｉｔｈ", "John Smith"),
        ("O'Brien Pat", "pat o'brien"),
    ],
)
def test_spellings_of_one_name_agree(one, other):
    assert compatible(read_name(one), read_name(other))
    assert compatible(read_name(other), read_name(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张丽", "张伟"),
        ("张丽", "李丽"),
        ("张丽", "李女士"),
        ("张丽", "李姐"),
        ("张丽", "伟哥"),
        ("张*", "李姐"),
        ("李女士", "张姐"),
        ("张丽", "李*"),
        ("张丽", "张丽华"),
        ("张丽", "小李"),
        ("张丽华", "丽娜"),
        ("张女士", "李先生"),
        ("张*", "李女士"),
        ("John Smith", "Jane Smith"),
        ("John Smith", "Mr Jones"),
        ("None", "Null"),
    ],
)
def test_names_of_two_people_do_not(one, other):
    assert not compatible(read_name(one), read_name(other))
    assert not compatible(read_name(other), read_name(one))


def test_a_mask_alone_is_no_name():
    assert read_name("***").kind == ""


@pytest.mark.parametrize(
    "name", ["张丽", "欧阳娜娜", "丽丽", "张某", "张女士", "欧阳先生", "王总", "阳光女孩", "张丽女士", "王姐", "刘三姐"]
)
def test_a_plain_name_is_read_as_one_with_an_invisible_mark(name):
    assert read_name(name) == read_name("\u200b" + name)
