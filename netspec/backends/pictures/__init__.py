"""What the pictures share, whatever their style: colours, texts and the working behind each number."""
