"""Every query of the desk, a file for each thing it keeps."""
