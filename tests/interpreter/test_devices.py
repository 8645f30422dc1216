"""The devices of the standard library are what their sources say, figure by figure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from archwright.dsl import nodes
from archwright.dsl.load import loads, standard
from archwright.interpreter.bind import bind
from archwright.interpreter.evaluate import Evaluation

DATA = json.loads(
    (Path(__file__).parent.parent / "data" / "devices.json").read_text(encoding="utf-8"),
    parse_float=Fraction,
)
RECORDS = {
    "nvidia_a100_sxm4_40gb": ["gpu.a100"],
    "nvidia_a100_sxm4_80gb": ["gpu.a100_80"],
    "nvidia_h100_sxm5": ["gpu.h100"],
    "nvidia_h200_sxm": ["gpu.h200"],
    "nvidia_rtx_4090": ["gpu.rtx_4090"],
    "nvidia_jetson_agx_orin_64gb": ["gpu.orin"],
    "google_tpu_v4": ["tpu.v4"],
    "google_pixel_1": ["cpu.pixel_1", "cpu.pixel_1_little"],
    "stm32f746": ["mcu.f746"],
    "stm32h743": ["mcu.h743"],
    "stm32f412": ["mcu.f412"],
    "raspberry_pi_4b": ["cpu.pi_4b"],
    "apple_m2": ["cpu.m2", "cpu.m2_efficiency"],
    "cpu_avx2_generic": ["cpu.avx2"],
    "cpu_avx512_generic": ["cpu.avx512"],
}
BYTE, TERA = 8, 10**12
HALF = Fraction(TERA, 2)  # two operations a multiply-accumulate

# A figure of the data by its path, the field it stands in and what one of it is in base units.
FIELDS: dict[str, tuple[str, Fraction | int]] = {
    "compute_capability": ("capability", 1),
    "sm_count": ("sms", 1),
    "clock_mhz": ("clock", 10**6),
    "clock_mhz_high_precision": ("vector_clock", 10**6),
    "peak_tflops.fp64": ("fp64", TERA),
    "peak_tflops.fp32": ("fp32", TERA),
    "peak_tflops.tf32_tensor": ("tf32", TERA),
    "peak_tflops.fp16_tensor": ("tensor16", TERA),
    "peak_tflops.bf16_tensor": ("tensor16", TERA),
    "peak_tflops.fp16_tensor_fp32acc": ("tensor16", TERA),
    "peak_tflops.fp8_tensor": ("fp8", TERA),
    "peak_tflops.fp8_tensor_fp32acc": ("fp8", TERA),
    "peak_tflops.bf16": ("bf16", TERA),
    "peak_tops.int8_tensor": ("int8", HALF),
    "peak_tops.int4_tensor": ("int4", HALF),
    "peak_tops.int8_tensor_sparse": ("int8_sparse", HALF),
    "peak_tops.dla_int8_sparse": ("dla_int8_sparse", HALF),
    "peak_tops.int8": ("int8", HALF),
    "peak_tops.neural_engine": ("npu", HALF),
    "memory_gb": ("memory", 10**9 * BYTE),
    "l2_bytes": ("l2", BYTE),
    "l1_smem_combined_bytes_per_sm": ("l1", BYTE),
    "smem_bytes_per_sm": ("smem_per_sm", BYTE),
    "smem_bytes_per_block_optin": ("smem_per_block", BYTE),
    "registers_per_sm": ("registers", 32),
    "max_threads_per_sm": ("threads_per_sm", 1),
    "max_threads_per_block": ("threads_per_block", 1),
    "max_blocks_per_sm": ("blocks_per_sm", 1),
    "max_regs_per_thread": ("regs_per_thread", 1),
    "warp": ("warp", 1),
    "tdp_w": ("power", 1),
    "max_power_w": ("power", 1),
    "tensor_cores": ("cores", 1),
    "mxu_count": ("mxus", 1),
    "mxu_shape.0": ("rows", 1),
    "mxu_shape.1": ("columns", 1),
    "sram_bytes": ("sram", BYTE),
    "largest_contiguous_sram_bytes": ("contiguous", BYTE),
    "flash_bytes": ("flash", BYTE),
    "backup_sram_bytes": ("backup", BYTE),
    "l1_icache_bytes": ("l1i", BYTE),
    "l1_dcache_bytes": ("l1d", BYTE),
    "peak_mac_per_cycle.int16": ("simd_macs", 1),
    "count": ("cores", 1),
    "l1i_bytes": ("l1i", BYTE),
    "l1d_bytes": ("l1d", BYTE),
    "slc_bytes": ("l3", BYTE),
    "simd_bits": ("vector_bits", 1),
    "vector_registers": ("vector_registers", 1),
    "fma_units": ("fma_units", 1),
    "fp32_flops_per_cycle_per_core": ("fp32_per_cycle", 1),
    "fp64_flops_per_cycle_per_core": ("fp64_per_cycle", 1),
    "int8_vnni_ops_per_cycle_per_core": ("int8_per_cycle", Fraction(1, 2)),
    "cache_line": ("line", BYTE),
    **{f"sram_map_kib.{m}": (m, 1024 * BYTE) for m in ("itcm", "dtcm", "axi", "backup")},
    **{f"sram_map_kib.sram{i}": (f"sram{i}", 1024 * BYTE) for i in (1, 2, 3, 4)},
}
# Figures that stand elsewhere, and are looked at by tests of their own.
ELSEWHERE = {
    "peak_tops.total_int8_sparse",
    "gpu_cores",
    "gpu_fp32_alus",
    "gpu_clock_mhz",
    "peak_tflops.gpu_fp32",
}


@cache
def records() -> Mapping[str, Mapping[str, Any]]:
    """Every record of the standard library, by module and name."""
    return {
        f"{module}.{name}": fields
        for module in ("cpu", "gpu", "mcu", "tpu")
        for name, fields in bind(standard(f"std.{module}")).records.items()
    }


def figures(device: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Fraction]]:
    for key, value in device.items():
        path = prefix + key
        if key in ("id", "same_as", "unchecked", "cores"):
            continue
        if key == "memory_gb" and isinstance(value, list):
            continue
        if isinstance(value, list):
            value = {str(i): v for i, v in enumerate(value)}
        if isinstance(value, dict):
            yield from figures(value, path + ".")
        else:
            yield path, Fraction(value)


def bandwidth(module: str) -> str:
    return "bw_memory" if module == "cpu" else "bandwidth"


@pytest.mark.parametrize("device", DATA["devices"], ids=lambda d: d["id"])
def test_every_figure(device: Mapping[str, Any]) -> None:
    names = RECORDS[device["id"]]
    parts = device.get("cores", [{}] * len(names))
    assert len(parts) == len(names)
    by_id = {d["id"]: d for d in DATA["devices"]}
    whole = {**by_id.get(device.get("same_as", ""), {}), **device}
    for name, part in zip(names, parts, strict=True):
        found = records()[name]
        for path, figure in (*figures(whole), *figures(part)):
            if path in ELSEWHERE:
                continue
            if path == "memory_bandwidth_gbs":
                field, size = bandwidth(name.partition(".")[0]), 10**9 * BYTE
            else:
                field, size = FIELDS[path]
            assert found[field] == figure * size, f"{name}.{field}"


def test_every_device_has_records_and_every_record_a_device() -> None:
    assert set(RECORDS) == {d["id"] for d in DATA["devices"]} and len(RECORDS) == 15
    known = {name for names in RECORDS.values() for name in names}
    shared = {"gpu.cuda", "gpu.m2", "gpu.adreno_530"}
    shared |= {f"gpu.compute_{c.replace('.', '')}" for c in DATA["compute"]}
    assert set(records()) == known | shared


def test_figures_that_stand_elsewhere() -> None:
    orin, m2 = records()["gpu.orin"], records()["gpu.m2"]
    assert orin["int8_sparse"] + orin["dla_int8_sparse"] == 275 * HALF
    assert (m2["sms"], m2["clock"], m2["fp32"]) == (10, 1398 * 10**6, Fraction(358, 100) * TERA)
    assert abs(1280 * 2 * m2["clock"] - m2["fp32"]) < Fraction(1, 100) * TERA
    assert "memory" not in records()["cpu.pi_4b"]  # sold with several


def test_compute_capabilities() -> None:
    names = {
        "max_blocks_per_sm": ("blocks_per_sm", 1),
        "smem_kib_per_sm": ("smem_per_sm", 1024 * BYTE),
        "max_threads_per_sm": ("threads_per_sm", 1),
        "registers_per_sm": ("registers", 32),
        "reg_alloc_unit_per_warp": ("register_unit", 32),
        "max_regs_per_thread": ("regs_per_thread", 1),
        "sub_partitions": ("partitions", 1),
    }
    steps = {}
    for capability, row in DATA["compute"].items():
        found = records()["gpu.compute_" + capability.replace(".", "")]
        assert found["capability"] == Fraction(capability)
        assert found["smem_per_sm"] - found["smem_per_block"] == 1024 * BYTE  # the system's
        for column, value in zip(DATA["compute_columns"], row, strict=True):
            if column in names:
                field, size = names[column]
                assert found[field] == value * size, (capability, column)
            else:
                for step, size in enumerate(value, 1):
                    steps[Fraction(capability), Fraction(step)] = (Fraction(size * 1024 * BYTE),)
    table = bind(standard("std.gpu")).tables["carveout"]
    assert dict(table.rows) == steps


def test_unchecked_figures_are_said_to_be_so() -> None:
    marks = {"cache sizes": {"l1i", "l1d", "l2"}, "memory bandwidth": {"bandwidth"}}
    for device in DATA["devices"]:
        wanted = {f for text in device.get("unchecked", ()) for f in marks.get(text, {text})}
        if device["id"] == "nvidia_h100_sxm5":
            wanted = {"l2"}
        if device["id"].startswith("nvidia_h200") or not wanted:
            continue
        module, _, name = RECORDS[device["id"]][0].partition(".")
        marked = set(unchecked(module)[name])
        assert marked == wanted & set(own_settings(module, name)), device["id"]


def own_settings(module: str, name: str) -> list[str]:
    node = standard(f"std.{module}").names[name]
    assert isinstance(node, nodes.Hardware)
    return [setting.name.text for setting in node.settings]


def unchecked(module: str) -> Mapping[str, list[str]]:
    text = files("archwright.dsl").joinpath("std", f"{module}.arch").read_text(encoding="utf-8")
    found = {}
    for name, body in re.findall(r"^hardware (\w+) is [^{]*\{\n(.*?)^\}", text, re.M | re.S):
        found[name] = re.findall(r"^ *(\w+) *= .*# unchecked$", body, re.M)
    return found


def test_every_record_names_its_source() -> None:
    for module in ("cpu", "gpu", "mcu", "tpu"):
        text = files("archwright.dsl").joinpath("std", f"{module}.arch").read_text(encoding="utf-8")
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if line.startswith("hardware ") and "compute_" not in line.partition(" is ")[0]:
                assert lines[number - 1].startswith("# "), line


def test_records_extend_in_a_spec() -> None:
    spec = loads(
        "arch 1\nimport std.cpu as cpu\n"
        "hardware board is cpu.pi_4b { memory = 4 GB }\n"
        "let room = board.memory\nlet speed = board.clock * board.cores"
    )
    found = Evaluation(bind(spec), {})
    assert found.value("room") == 4 * 10**9 * BYTE
    assert found.value("speed") == 6 * 10**9
