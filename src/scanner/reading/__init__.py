"""Reads QR codes that no other decoder reads: bent, scratched, glared, blurred.

A picture goes through five steps, each a module that reads by itself:

1. ``finders``     where the three square eyes of a code might be
2. ``hypotheses``  which of them belong together, and how many modules lie between them
3. ``rectify``     the symbol laid flat on a canvas with a fixed number of pixels a module
4. ``fit``         an elastic grid pulled over the canvas until the known patterns agree
5. ``sample``      light and dark at every module, sharpened among the modules themselves

``render`` then draws the symbol anew, clean, and lets zxing-cpp read it: its Reed-Solomon code is
the only judge, so nothing is returned that it would not have read from paper. ``reader`` leads
through the steps, ``cascade`` puts cheaper passes in front.

No clock is read here and nothing is written: a caller that wants to stop says so through the
``deadline`` it hands in, a callable that answers True once the work should be given up.
"""
