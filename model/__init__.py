"""From the lines of a page to labels, and from labels to the article."""
