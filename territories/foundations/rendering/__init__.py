"""Document tree and its writers: HTML, PDF, DOCX, charts and maps.

Rooms build content (`document`), nobody else writes HTML for a PDF. Nothing here knows a domain, a model or a
request: every function takes values and returns text, bytes or files, and imports without Django.
"""
