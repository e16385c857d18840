"""One text -> its canonical value, whatever file it came from: dates, amounts, contacts, places, words."""
