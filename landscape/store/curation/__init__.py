"""What people do with runs: label them, delete them for a while or for good; and which runs are parts of which."""
