"""The report a meeting takes home: one HTML file that opens with the network cut, and a PDF."""
