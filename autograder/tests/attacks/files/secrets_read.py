# item: reading checks.py's secrets; reading the gradebook; reading the home folder; reading other submissions
# tries: walks the file system for gradebooks, checks, notebooks, keys and what others handed in
# contained by: a file system of its own, with nothing of the course or the home folder in it
# seen: got a dict: \{.looked at more than.: 40, .found.: \[\], .canary.: 0\}

import os

NAMES = ("gradebook.db", "checks.py", "nbgrader_config.py", "id_rsa", ".netrc", ".bash_history", "shadow")


def double(items):
    seen, found, canaries = 0, [], 0
    for top, folders, files in os.walk("/"):
        if top == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys", "dev")]
        if top.endswith(("/lib", "/lib64", "/bin", "/sbin", "/share", "/include")) or top.count("/") > 9:
            folders.clear()  # Python and the system: nobody's secrets, and too much to read in two seconds
        for name in files:
            seen += 1
            if name in NAMES or name.endswith((".ipynb", ".db")) or name.startswith("test_autograder"):
                found.append(os.path.join(top, name))
            try:
                with open(os.path.join(top, name), "rb") as file:
                    canaries += ("autograder-" + "canary").encode() in file.read(1 << 16)
            except OSError:
                continue
    return {"looked at more than": min(seen, 40), "found": found[:5], "canary": canaries}
