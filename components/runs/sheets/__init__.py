"""The runs of a sheet: its cells, its checks, and the questions to a model about its images."""
