"""The published networks: against torchvision, the tutorials, the papers, and modules written by hand."""
