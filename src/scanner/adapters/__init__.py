"""One port, one technology, one file (or folder): adapters translate, they do not decide."""
