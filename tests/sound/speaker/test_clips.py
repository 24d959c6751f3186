"""The built-in sounds, a coach's own ones, and the WAV files that hold them."""

from __future__ import annotations

import contextlib
import math
import struct
import time
import wave
from array import array
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.cue_table import CUE_SPECS
from kicktimer.sound.speaker import clips, wav
from kicktimer.sound.speaker.clips import Clips, split_into_clips
from kicktimer.sound.speaker.mixer import MAX_SAMPLE, PEAK_LIMIT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def loaded() -> Clips:
    return Clips(clips.find_sounds_folder(), ("A", "B"))


def riff(form: int, channels: int, rate: int, bits: int, sound: bytes, *, size: int | None = None) -> bytes:
    width = (bits + 7) // 8
    kind = wav.EXTENSIBLE if form > 0x1000 else form
    header = struct.pack("<HHIIHH", kind, channels, rate, rate * width * channels, width * channels, bits)
    if kind == wav.EXTENSIBLE:
        header += struct.pack("<HHIH", 22, bits, 0, form - 0x1000) + bytes(14)
    data = b"data" + struct.pack("<I", len(sound) if size is None else size) + sound
    body = (
        b"WAVE" + b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"fmt " + struct.pack("<I", len(header)) + header + data
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


class TestShipped:
    def test_every_cue_has_its_own_sound(self, loaded: Clips) -> None:
        assert loaded.faults == []
        sounds = [loaded.clip(cue, "A", "").samples.tobytes() for cue, spec in CUE_SPECS.items() if not spec.spoken]
        sounds += [loaded.clip(*cue).samples.tobytes() for cue in (("split", "B", ""), ("say", "A", "Relax"))]
        sounds.append(loaded.sounds["chime"].samples.tobytes())  # what a text that nobody can speak sounds like
        assert all(sounds)
        assert len(set(sounds)) == len(sounds)

    def test_sounds_are_loud_and_do_not_clip(self, loaded: Clips) -> None:
        for name, sound in loaded.sounds.items():
            samples = sound.samples
            assert len(samples) == sound.frames, name
            assert 0.35 * MAX_SAMPLE < max(map(abs, samples)) <= PEAK_LIMIT, name
            assert sound.frames < 3 * clips.RATE, name

    def test_go_starts_loud_with_its_first_sample(self, loaded: Clips) -> None:
        assert abs(loaded.sounds["go"].samples[0]) > MAX_SAMPLE // 2

    def test_sound_files_are_small(self) -> None:
        assert sum(path.stat().st_size for path in clips.find_sounds_folder().iterdir()) < 3_000_000

    def test_numbers_are_short_and_their_onset_is_exact(self, loaded: Clips) -> None:
        for value in range(100):
            sound = loaded.clip("count", "A", str(value))
            assert sound.frames < 0.9 * clips.RATE
            samples = sound.samples
            loud = next(index for index, each in enumerate(samples) if abs(each) > 1500)
            assert abs(loud - sound.onset) <= 0.003 * clips.RATE, value
            assert sound.onset < 0.09 * clips.RATE

    @pytest.mark.parametrize("text", ["Last rep", " last  REP! ", "last rep."])
    def test_speech_is_looked_up_by_normalized_text(self, loaded: Clips, text: str) -> None:
        assert loaded.clip("say", "A", text) is loaded.sounds["say-last-rep"]

    @pytest.mark.parametrize(
        "text",
        [
            "Last rep",
            "closing reps",
            "Relax",
            "Tune out",
            "Tune in",
            "Thirty seconds",
            "Ten",
            "Session over",
            "Rep 12",
            "200 metre jog",
        ],
    )
    def test_lines_of_a_session_are_recorded(self, loaded: Clips, text: str) -> None:
        assert loaded.is_recorded(text)
        assert loaded.clip("say", "A", text) is not loaded.sounds["chime"]

    def test_unknown_line_is_a_chime_and_unknown_number_is_silent(self, loaded: Clips) -> None:
        assert loaded.clip("say", "A", "../../etc/passwd") is loaded.sounds["chime"]
        assert loaded.clip("count", "A", "purple").frames == 0

    def test_volume_scales_samples(self, loaded: Clips) -> None:
        half = Clips(clips.find_sounds_folder(), ("A",), volume=0.5)
        for cue in (("go", "A", ""), ("say", "A", "63.7")):
            loud, soft = (max(map(abs, each.clip(*cue).samples)) for each in (loaded, half))
            assert soft == pytest.approx(loud / 2, abs=2)

    def test_unpacked_speech_is_bounded_and_the_oldest_is_packed(self) -> None:
        fresh = Clips(clips.find_sounds_folder())
        numbers = [fresh.clip("count", "A", str(value)) for value in range(60)]
        for sound in [*numbers, numbers[50], numbers[59]]:
            fresh.unpack(sound)
        kept = [sound for sound in numbers if sound.is_unpacked()]
        assert numbers[50] in kept
        assert kept == numbers[-len(kept) :]
        assert clips.MAX_UNPACKED_FRAMES - 48_000 < sum(sound.frames for sound in kept) <= clips.MAX_UNPACKED_FRAMES
        assert len(numbers[0].samples) == numbers[0].frames
        assert not numbers[0].is_unpacked()

    def test_spoken_text_is_stored_packed_with_small_error(self, tmp_path: Path) -> None:
        known = Clips(clips.find_sounds_folder(), volume=0.5)
        tone = [round(32_767 * math.sin(2 * math.pi * 500 * n / 22_050)) for n in range(22_050)]
        (tmp_path / "name.wav").write_bytes(riff(wav.PCM, 1, 22_050, 16, array("h", tone).tobytes()))
        known.add_spoken("Anna", tmp_path / "name.wav")
        sound = known.clip("say", "A", "Anna")
        assert not sound.is_unpacked()
        assert sound.frames == len(sound.samples) == pytest.approx(48_000, abs=3)
        assert 0.4 * PEAK_LIMIT < max(map(abs, sound.samples)) <= 0.5 * PEAK_LIMIT
        expected = [0.5 * clips.VOICE_PEAK * math.sin(2 * math.pi * 500 * n / 48_000) for n in range(48_000)]
        wrong = [abs(a - b) for a, b in zip(sound.samples[500:-500], expected[500:-500], strict=False)]
        assert max(wrong) < 0.04 * PEAK_LIMIT  # the error of eight-bit µ-law


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("63.7", "number-63 number-7"),
            ("64.0", "number-64 voice-flat"),
            ("30", "number-30"),
            ("1:03.5", "number-1 voice-oh number-3 number-5"),
            ("2:14.6", "number-2 number-14 number-6"),
            ("+0.2", "voice-plus number-2"),
            ("−0.3", "voice-minus number-3"),
            ("-1.3", "voice-minus number-1 number-3"),
            ("+2.0", "voice-plus number-2 voice-flat"),
            ("±0.0", "voice-even"),
            ("+0.0", "voice-even"),
            ("0.0", "number-0 voice-flat"),
            ("Rep 3", "voice-rep number-3"),
            ("rep 3 of 8.", "voice-rep number-3 voice-of number-8"),
            ("20 seconds", "number-20 voice-seconds"),
            ("63.75", ""),
            ("1:3", ""),
            ("Anna", ""),
        ],
    )
    def test_time_is_split_into_clips_as_coaches_say_it(self, text: str, said: str) -> None:
        assert " ".join(split_into_clips(text)) == said

    @pytest.mark.parametrize(
        ("metres", "said"),
        [
            (50, "number-50"), (100, "number-1 voice-hundred"), (250, "number-2 number-50"),
            (400, "number-4 voice-hundred"), (1609, "number-16 voice-oh number-9"), (3000, "number-30 voice-hundred"),
        ],
    )  # fmt: skip
    def test_jog_is_split_into_clips(self, loaded: Clips, metres: int, said: str) -> None:
        assert " ".join(split_into_clips(f"{metres} metre jog")) == f"{said} voice-metre-jog"
        assert loaded.is_recorded(f"{metres} metre jog")

    @given(st.text(max_size=12))
    def test_any_text_is_split_into_numbers_and_words_or_nothing(self, text: str) -> None:
        assert all(part.startswith(("number-", "voice-")) for part in split_into_clips(text))

    def test_parts_of_a_time_are_separated_by_silence(self, loaded: Clips) -> None:
        time_, first, second = (loaded.clip("say", "A", text) for text in ("63.7", "63", "7"))
        gap = round(clips.PART_GAP_S * clips.RATE)
        assert time_.frames == first.frames + gap + second.frames
        assert not any(time_.samples[first.frames : first.frames + gap])
        assert time_.samples[first.frames + gap :] == second.samples


class TestResults:
    def test_name_and_time_are_joined_to_one_sound(self, loaded: Clips, tmp_path: Path) -> None:
        (tmp_path / "name.wav").write_bytes(riff(wav.PCM, 1, 48_000, 16, struct.pack("<h", 5000) * 2400))
        loaded.add_spoken("Matan", tmp_path / "name.wav")
        name, time_ = loaded.clip("say", "A", "Matan"), loaded.clip("say", "A", "63.7")
        result = loaded.clip("result", "A", "Matan\n63.7")
        gap = round(clips.RESULT_GAP_S * clips.RATE)
        assert result.frames == len(result.samples) == name.frames + gap + time_.frames
        assert result.samples[: name.frames] == name.samples
        assert not any(result.samples[name.frames : name.frames + gap])
        assert result.samples[name.frames + gap :] == time_.samples
        assert loaded.clip("result", "B", " matan\n63.7") is result

    @pytest.mark.parametrize("text", ["63.7", "Nobody\n63.7", "\n63.7\n"])
    def test_part_that_cannot_be_spoken_is_left_out(self, loaded: Clips, text: str) -> None:
        assert loaded.clip("result", "A", text) is loaded.clip("say", "A", "63.7")

    @pytest.mark.parametrize("text", ["", "Nobody", "\n", "Nobody\nnor this"])
    def test_result_without_speakable_parts_is_silent(self, loaded: Clips, text: str) -> None:
        assert loaded.clip("result", "A", text).frames == 0

    def test_cache_of_joined_results_is_bounded(self, loaded: Clips) -> None:
        for tenth in range(3 * clips.MAX_JOINED):
            loaded.clip("result", "A", f"{tenth // 10}.{tenth % 10}\n+0.1")
        assert len(loaded._joins) == clips.MAX_JOINED


class TestWav:
    @given(st.integers(-32768, 32767))
    def test_sample_is_encoded_as_the_nearest_mulaw_value(self, value: int) -> None:
        found = wav.mulaw_levels()[wav.encode_mulaw([value])[0]]
        assert abs(found - value) == min(abs(each - value) for each in wav.mulaw_levels())

    @pytest.mark.parametrize("channels", [1, 2])
    @pytest.mark.parametrize(
        ("form", "bits", "half"),
        [
            (wav.PCM, 8, b"\xc0"),
            (wav.PCM, 16, b"\0\x40"),
            (wav.PCM, 24, b"\0\0\x40"),
            (wav.PCM, 32, b"\0\0\0\x40"),
            (wav.PCM + 0x1000, 24, b"\0\0\x40"),
            (wav.FLOAT, 32, struct.pack("<f", 0.5)),
            (wav.FLOAT, 64, struct.pack("<d", 0.5)),
        ],
    )
    def test_all_supported_formats_are_read(self, form: int, bits: int, half: bytes, channels: int) -> None:
        rate, samples = wav.parse(riff(form, channels, 24_000, bits, half * channels * 100))
        assert rate == 24_000
        assert len(samples) == 100
        assert set(samples) == {16384}

    def test_channels_are_averaged(self) -> None:
        assert list(wav.parse(riff(wav.PCM, 2, 48_000, 16, struct.pack("<hh", 100, 300)))[1]) == [200]

    def test_size_beyond_the_end_of_the_file_is_accepted(self) -> None:
        assert len(wav.parse(riff(wav.PCM, 1, 22_050, 16, bytes(200), size=0x7FFFF000))[1]) == 100

    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            (b"", "no WAV"),
            (b"no sound at all", "no WAV"),
            (b"RIFF\0\0\0\0WAVE", "header"),
            (riff(wav.PCM, 1, 48_000, 16, b""), "no sound"),
            (riff(wav.PCM, 1, 48_000, 12 * 8, bytes(48)), "of a kind"),
            (riff(0x55, 1, 48_000, 16, bytes(48)), "of a kind"),
            (riff(wav.PCM, 0, 48_000, 16, bytes(48)), "0 channels"),
            (riff(wav.PCM, 1, 500, 16, bytes(48)), "500 frames"),
            (riff(wav.PCM, 1, 4000, 8, bytes(50_000)), "longer"),
        ],
    )
    def test_unsupported_file_raises_with_the_reason(self, data: bytes, problem: str) -> None:
        with pytest.raises(wav.WavError, match=problem):
            wav.parse(data)

    @given(st.binary(max_size=200))
    def test_any_bytes_are_parsed_or_refused(self, data: bytes) -> None:
        for whole in (data, b"RIFF\0\0\0\0WAVE" + data, riff(wav.FLOAT, 1, 8000, 32, data)):
            with contextlib.suppress(wav.WavError):
                assert len(wav.parse(whole)[1]) > 0

    def test_too_large_file_is_refused_quickly(self, tmp_path: Path) -> None:
        path = tmp_path / "go.wav"
        with path.open("wb") as out:
            out.truncate(2**40)
        begun = time.monotonic()
        with pytest.raises(wav.WavError, match="larger"):
            wav.read(path)
        assert time.monotonic() - begun < 2

    @pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 44_099, 44_100, 96_000])
    def test_resampled_tone_keeps_its_pitch_and_level(self, rate: int) -> None:
        tone = [round(20_000 * math.sin(2 * math.pi * 1000 * n / rate)) for n in range(rate // 10)]
        found = wav.resample(tone, rate, 48_000)
        assert len(found) == pytest.approx(4800, abs=6)
        expected = [20_000 * math.sin(2 * math.pi * 1000 * n / 48_000) for n in range(len(found))]
        assert max(abs(a - b) for a, b in zip(found[300:-300], expected[300:-300], strict=True)) < 40

    def test_resampling_suppresses_aliases(self) -> None:
        tone = [round(20_000 * math.sin(2 * math.pi * 32_000 * n / 96_000)) for n in range(9600)]
        assert max(map(abs, wav.resample(tone, 96_000, 48_000)[300:-300])) < 20_000 / 100

    def test_decoded_speech_keeps_the_original_samples(self, loaded: Clips) -> None:
        packed = bytes(range(256)) * 4
        quick = clips.decode_mulaw(memoryview(packed), [float(value) / 2 for value in wav.mulaw_levels()])
        assert list(quick[::3]) == [int(wav.mulaw_levels()[byte] / 2) for byte in packed]
        assert len(quick) == 3 * len(packed)


class TestOwn:
    def test_own_file_replaces_the_sound_of_its_name(self, tmp_path: Path) -> None:
        own = Clips(clips.find_sounds_folder())
        for name, rate in (("go.wav", 44_100), ("number-63.wav", 22_050), ("say-last-rep.wav", 48_000)):
            (tmp_path / name).write_bytes(riff(wav.PCM, 2, rate, 16, struct.pack("<hh", 9000, 9000) * (rate // 10)))
            own.load_own(tmp_path / name)
        assert own.faults == []
        for cue in (("go", "A", ""), ("count", "A", "63"), ("say", "A", "Last rep")):
            assert own.clip(*cue).frames == pytest.approx(4800, abs=2)
        assert own.clip("say", "A", "63.7").samples[2000] == pytest.approx(9000, abs=20)

    def test_own_file_at_full_scale_is_limited_to_the_peak_limit(self, tmp_path: Path) -> None:
        (tmp_path / "go.wav").write_bytes(riff(wav.PCM, 1, 48_000, 16, struct.pack("<h", -32768) * 100))
        own = Clips(clips.find_sounds_folder())
        own.load_own(tmp_path / "go.wav")
        assert max(map(abs, own.clip("go", "A", "").samples)) <= PEAK_LIMIT

    def test_faulty_own_file_is_named_and_the_built_in_sound_kept(self, tmp_path: Path) -> None:
        (tmp_path / "go.wav").write_bytes(b"no sound at all")
        own = Clips(clips.find_sounds_folder())
        own.load_own(tmp_path / "go.wav")
        own.load_own(tmp_path / "pip.wav")
        own.load_own(tmp_path / "goo.wav")
        assert [fault.partition(":")[0] for fault in own.faults] == ["go.wav", "pip.wav", "goo.wav"]
        assert "no sound has this name" in own.faults[2]
        assert own.clip("go", "A", "").frames > 0.6 * clips.RATE

    def test_missing_sounds_fall_back_to_the_chime(self, tmp_path: Path) -> None:
        with wave.open(str(tmp_path / "chime.wav"), "wb") as out:
            out.setparams((1, 2, 48_000, 0, "NONE", ""))
            out.writeframes(bytes(100))
        found = Clips(tmp_path)
        assert [fault.partition(":")[0] for fault in found.faults] == ["voice.wav"]
        assert found.clip("go", "A", "") is found.clip("say", "A", "Last rep") is found.sounds["chime"]
