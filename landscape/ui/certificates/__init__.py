"""The Guarantee page: what is proven, the calculator, exchanged words."""
