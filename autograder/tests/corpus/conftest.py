"""Nothing in this folder is a test or is ever imported: its files are answers, judged in a sandbox."""

collect_ignore_glob = ["*"]
