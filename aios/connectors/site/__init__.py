"""The site connector: articles as Markdown files in a folder under git, from which a static site is built."""
