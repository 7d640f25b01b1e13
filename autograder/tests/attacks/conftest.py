"""Nothing in this folder is a test: its files are attacks, run in a sandbox, and makers of notebooks."""

collect_ignore_glob = ["*"]
