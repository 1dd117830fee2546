"""Draws the rows of compare_llamacpp.py's JSON under the machine's roofline, as SVG.

    python roofline_plot.py results/2026-11-29-xeon-amx-2-cores.json ../docs/roofline.svg

Across: multiply-adds per byte of weights that are read from memory. Up: multiply-adds per second. Both logarithmic. A
program is bound by memory under the slope and by arithmetic under the lines. Needs nothing but Python.
"""

import argparse
import json
import math
import pathlib

from shapes import weight_numbers

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 460, 70, 20, 20, 50
SPAN_X, SPAN_Y = (0.2, 2000), (2, 8000)  # multiply-adds per byte; G multiply-adds per second
COLORS = {"f32": "#7f7f7f", "bf16": "#1f77b4", "int8": "#2ca02c", "int4": "#d62728"}
MARKS = {"smollm2-135m": "circle", "tinyllama-1.1b": "square"}


def place(value, span, begin, end):
    share = (math.log(value) - math.log(span[0])) / (math.log(span[1]) - math.log(span[0]))
    return begin + share * (end - begin)


def across(value):
    return place(value, SPAN_X, LEFT, WIDTH - RIGHT)


def up(value):
    return place(value, SPAN_Y, HEIGHT - BOTTOM, TOP)


def text(x, y, words, anchor="start", color="#222", size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" font-size="{size}" text-anchor="{anchor}">{words}</text>'


def points(row, batch, prefill):
    """(multiply-adds per byte, G multiply-adds per second) of what the row has."""
    body, table, _ = weight_numbers(row["shape"])
    for phase, rows, work in (("decode", 1, body + table), ("batch", batch, body + table), ("prefill", prefill, body)):
        rate = row.get(f"{phase} easydel")
        if rate:
            yield phase, rows * work / row["read bytes"], rate * work / 1e9


def axes():
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    for power in range(-1, 4):
        value = 10.0 ** power
        if SPAN_X[0] <= value <= SPAN_X[1]:
            yield f'<path d="M{across(value):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>'
            yield text(across(value), HEIGHT - BOTTOM + 18, f"{value:g}", "middle")
        if SPAN_Y[0] <= value <= SPAN_Y[1]:
            yield f'<path d="M{LEFT} {up(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            yield text(LEFT - 8, up(value) + 4, f"{value:g}", "end")
    yield text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "multiply-adds per byte of weights", "middle")
    yield (f'<text x="18" y="{(TOP + HEIGHT - BOTTOM) / 2:.1f}" fill="#222" font-size="12" text-anchor="middle" '
           f'transform="rotate(-90 18 {(TOP + HEIGHT - BOTTOM) / 2:.1f})">10^9 multiply-adds per second</text>')


def limits(row):
    bandwidth, peaks = row["memory GB/s"], row["peaks GMAC/s"]
    highest = max(peaks.values())
    begin, end = SPAN_Y[0] / bandwidth, highest / bandwidth
    begin = max(begin, SPAN_X[0])
    yield (f'<path d="M{across(begin):.1f} {up(begin * bandwidth):.1f}L{across(end):.1f} {up(highest):.1f}" '
           f'stroke="#222" stroke-width="1.5"/>')
    yield text(across(2) - 10, up(2 * bandwidth) - 4, f"memory, {bandwidth:.0f} GB/s", "end")
    for kind, peak in peaks.items():
        yield (f'<path d="M{across(peak / bandwidth):.1f} {up(peak):.1f}H{WIDTH - RIGHT}" stroke="#222" '
               f'stroke-width="1.5"/>')
        yield text(WIDTH - RIGHT - 4, up(peak) - 5, f"{kind}, {peak:.0f}", "end")


def mark(shape, x, y, color):
    if MARKS[shape] == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{color}" stroke="#fff"/>'
    return f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="{color}" stroke="#fff"/>'


def legend():
    y = TOP + 16
    for name, color in COLORS.items():
        yield f'<rect x="{LEFT + 14}" y="{y - 9}" width="10" height="10" fill="{color}"/>'
        yield text(LEFT + 30, y, name)
        y += 16
    for shape in MARKS:
        yield mark(shape, LEFT + 19, y - 4, "#555")
        yield text(LEFT + 30, y, shape)
        y += 16


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("svg", type=pathlib.Path)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--prefill", type=int, default=512)
    options = parser.parse_args()

    rows = json.loads(options.results.read_text())["rows"]
    measured = [row for row in rows if "peaks GMAC/s" in row]
    if not measured:
        raise SystemExit(f"{options.results} has no limits: run compare_llamacpp.py with --roofline")
    parts = [*axes(), *limits(measured[0]), *legend()]
    for row in rows:
        for phase, intensity, rate in points(row, options.batch, options.prefill):
            title = f"{row['shape']} {row['type']} {phase}: {rate:.0f}"
            parts.append(f"<g><title>{title}</title>{mark(row['shape'], across(intensity), up(rate), COLORS[row['type']])}</g>")
    body = "\n".join(parts)
    options.svg.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
                           f'font-family="sans-serif">\n{body}\n</svg>\n')


if __name__ == "__main__":
    main()
