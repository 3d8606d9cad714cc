"""What is refused, in a sentence that says what is wrong and what to do. Nothing here knows the ORM or the jobs."""


class SourceProblem(Exception):
    """The file cannot be used. The message is French, complete, and is shown as it is to whoever asked for the import."""
