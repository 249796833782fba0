"""Files as a source: `.eml`, `.json` and `.csv`, read into messages or problems."""
