"""What holds for anything that comes in, whatever hypothesis thinks of."""
