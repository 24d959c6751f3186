"""The sink that plays buffers of cues through the package `simpleaudio`."""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kicktimer.sound.speaker import realtime_priority
from kicktimer.sound.speaker.clips import RATE
from kicktimer.sound.speaker.mixer import FADE_FRAMES, MAX_SAMPLE, PEAK_LIMIT
from kicktimer.sound.speaker.scheduler import MAX_PIP_GAP_S
from kicktimer.sound.speaker.sinks.base import NEVER, SinkError
from kicktimer.sound.speaker.sinks.bell_sink import TimedSink
from kicktimer.sound.speaker.sinks.playback_buffer import PlaybackBuffer

if TYPE_CHECKING:
    from kicktimer.sound.speaker.scheduler import Layout, ScheduledClip

JOIN_GAP_S = 0.6
"""A cue goes into the same new buffer as the cue before it if it starts at most this long after that one's end."""
MAX_SPAN_S = 8.0
"""All cues of a new buffer start within this time of its first cue."""
TAIL_S = 4.0
"""The silence at the end of a buffer. Cues that are scheduled while it plays are written there: no other is needed."""
FAULT_AFTER_S = 0.5
"""The device is given up when a buffer makes no progress, ends too early, or cannot be started for this long."""
OPEN_AHEAD_S = 0.35
"""A buffer is started this long before its first cue. Opening the device takes 1 to 40 ms, unknown in advance."""
MIN_OPEN_AHEAD_S = 0.03
"""A buffer is started at least this long before its first cue, even while an exclusive device still plays another."""
YIELD_S = 0.02
"""The pause of this thread after a buffer was started.

A sound server mostly runs with ordinary priority. Without the pause, this real-time thread kept it from starting the
buffer by up to 11 ms, measured.
"""
RELEASE_S = 0.03
"""The time after which a device can be opened again: after a buffer has ended, or after it was refused."""
START_OFFSET_S = -0.0005
"""From the return of `play_buffer` to the first sound. It varies by 1 ms, and by 2 ms under load, measured."""
DEVICE_BUFFER_S = 0.1
"""The device has always read this much of a buffer in advance: simpleaudio asks for that much."""
REWRITE_AHEAD_S = DEVICE_BUFFER_S + 0.05
"""What is written into a playing buffer is heard if it is due this much later or more."""
MIN_WAITS = 3
"""A device that works lets the threads of a buffer wait at least this often in `FAULT_AFTER_S`: 20 times or more."""
OPEN_TIME_S = 0.004
"""The time that the opening of the device is assumed to take, where a cue cannot wait for the measured one."""
MARGIN_S = 0.02
"""The silence at the end of a buffer on an exclusive device, and the margin around what two buffers share."""


class SimpleAudioSink(TimedSink):
    """Plays one buffer for each sequence of cues. Within a buffer, every sample is exactly at its place.

    `play_buffer` opens the device for each buffer, and holds the interpreter's lock for as long as that takes. It does
    not copy the buffer, and it reads no more than the device has room for. So a buffer is started early, with silence.
    Its cues are written into it once its start is known, and later changes are written over them. A sound server that
    starts to play a buffer late makes the whole buffer late; nothing reports that.
    """

    can_freeze_process = True

    def __init__(self) -> None:
        super().__init__("simpleaudio", "the default device", lambda _cue: None)
        self._library: Any = None
        self._buffers: list[PlaybackBuffer] = []
        self._layout: Layout | None = None
        self._muted = False
        self._problem = ""
        self._retry_at = 0.0
        """The next attempt to start a buffer, after the device was refused."""
        self._is_exclusive = False
        """The device was refused while a buffer played: it may play only one at a time."""
        self._refused_since = NEVER
        """The moment since which the device has been refused."""
        self._watched_from = 0.0

    def open(self) -> None:
        try:
            import simpleaudio  # noqa: PLC0415 - an optional package that can crash: only this sink loads it
        except ImportError as problem:
            raise SinkError(f"it is not installed ({problem})") from problem
        self._library = simpleaudio
        # 20 ms of silence show whether there is a device. If they never end, it hangs.
        self._play(PlaybackBuffer(time.monotonic(), RATE // 50))
        if self._problem:
            raise SinkError(self._problem)

    def close(self) -> None:
        for buffer in self._buffers:
            buffer.clear()  # stopping takes a while, and a sound server that was suspended plays on when it resumes
        for buffer in self._buffers:
            buffer.handle.stop()

    def find_fault(self, now: float) -> str | None:
        """Returns why the sink no longer works, or None. Forgets the buffers that have ended."""
        for buffer in list(self._buffers):
            playing = buffer.handle.is_playing()
            if playing and not buffer.stopped and self._is_stuck(buffer, now):
                return "it takes no more sound"
            if not playing:
                self._buffers.remove(buffer)
                if now < buffer.end - FAULT_AFTER_S and not buffer.stopped:
                    return "the device was lost"
        return self._problem or None

    def _is_stuck(self, buffer: PlaybackBuffer, now: float) -> bool:
        """Whether the buffer makes no progress, where the system counts its threads' waits, or ends too late."""
        waits = realtime_priority.count_waits(buffer.threads)
        if waits >= buffer.waits + MIN_WAITS or not waits or now > buffer.end - 2 * DEVICE_BUFFER_S:
            buffer.waits, buffer.progress_at = waits, now
        return now - max(min(buffer.progress_at, buffer.end), self._watched_from) > FAULT_AFTER_S

    def reset_watchdog(self, now: float) -> None:
        self._watched_from = now

    def pump(self, now: float) -> float:
        if self._scheduler is None:
            return NEVER
        for buffer in self._buffers:
            while buffer.waiting and buffer.waiting[0].start <= now:
                self._note_begun(buffer.waiting.pop(0))
        layout, muted = self._scheduler.layout, self._scheduler.muted
        if layout is not self._layout or muted is not self._muted:
            self._update_buffers(layout, now, mute_changed=muted is not self._muted)
            self._layout, self._muted = layout, muted
            if self._begun:
                return now  # the layout may not know them: nothing is started before it was updated
        if muted:
            return super().pump(now)
        item = self._next_clip(now)
        while item is not None and self._start_moment(item) <= now:
            if not self._start_clips(item, layout):
                self._retry_at = now + RELEASE_S
                break
            item = self._next_clip(now)
        waiting = [buffer.waiting[0].start for buffer in self._buffers if buffer.waiting]
        return min([NEVER if item is None else self._start_moment(item), *waiting])

    def _note_begun(self, item: ScheduledClip) -> None:
        self._begun.append((item.cue.id, item.start))

    def _start_moment(self, item: ScheduledClip) -> float:
        """Returns the moment at which a clip has to be put into a buffer.

        On an exclusive device, that is after the end of the buffer that plays, if the clip does not overlap with it.
        """
        begin = min([item.start, *(other.start for _, other in self._overlapping(item))])
        ends = (buffer.end for buffer in self._buffers if self._is_exclusive and buffer.end < begin)
        free_at = max((end + RELEASE_S for end in ends), default=0.0)
        return max(min(max(begin - OPEN_AHEAD_S, free_at), begin - MIN_OPEN_AHEAD_S), self._retry_at)

    def _overlapping(self, item: ScheduledClip) -> list[tuple[PlaybackBuffer, ScheduledClip]]:
        """Returns the waiting clips that overlap with a clip, each with its buffer.

        In one buffer, the mixer limits their sum; the device would only add up two buffers.
        """
        end = item.start + item.frames / RATE + MARGIN_S
        return [
            (buffer, other)
            for buffer in self._buffers
            for other in buffer.waiting
            if other.start < end and item.start < other.start + other.frames / RATE + MARGIN_S
        ]

    def _update_buffers(self, layout: Layout, now: float, *, mute_changed: bool) -> None:
        """Writes a new layout into the buffers that play."""
        until = now + REWRITE_AHEAD_S + FADE_FRAMES / RATE  # a clip that is cut at this moment fades out before it
        scheduled = {item.cue.id: item for item in layout.items}
        for buffer in self._buffers:
            changed = mute_changed
            for item in list(buffer.items):
                new = scheduled.get(item.cue.id)
                moved = new is None or new.start != item.start
                if item in buffer.waiting and moved and item.start < until and self._is_wanted(item):
                    buffer.waiting.remove(item)
                    self._note_begun(item)  # its beginning will be heard, so it plays to its end
                elif item in buffer.waiting and moved:
                    buffer.waiting.remove(item)
                    buffer.remove(item, until)
                    if item.start >= until:
                        del self._taken[item.cue.id]
                    else:
                        self._note_begun(item)  # its beginning will be heard
                    changed = True
                elif new is None and not self._is_wanted(item):
                    buffer.remove(item, until)
                    changed = True
                elif new is not None and not moved and new.cut is not None and new.cut != item.cut:
                    buffer.shorten(item, new, max(new.cut, until))
                    changed = True
            if changed:
                muted = self._scheduler is not None and self._scheduler.muted
                buffer.write(buffer.frame_at(now + REWRITE_AHEAD_S), muted=muted)

    def _start_clips(self, first: ScheduledClip, layout: Layout) -> bool:
        """Puts a clip, and those that follow closely, into a buffer that plays, or else starts a new buffer.

        Returns False if the device cannot be opened now.
        """
        now = time.monotonic()
        items = self._group_with_followers(first, layout)
        rewritable = now + REWRITE_AHEAD_S
        delayed = rewritable + OPEN_TIME_S + MARGIN_S
        too_loud = self._peak(min(first.start, now) - MARGIN_S, rewritable) > MAX_SAMPLE - PEAK_LIMIT
        if too_loud and not any(item.start < rewritable and item.cue.spec.exact for item in items):
            # What plays leaves no headroom until its buffer can be rewritten. New clips would be drowned, so they wait.
            items = [item if item.start >= rewritable else replace(item, start=delayed) for item in items]
        first = items[0]
        end = max(item.start + item.frames / RATE for item in items)
        for buffer in self._buffers:
            if buffer.stopped:
                continue
            others = (other for other in self._buffers if other is not buffer)
            fits = rewritable <= first.start and end <= buffer.end
            if fits and not any(other.peak(first.start - MARGIN_S, end + MARGIN_S) for other in others):
                for item in items:
                    buffer.place(item, buffer.frame_at(item.start))
                    self._taken[item.cue.id] = item.start
                buffer.waiting.sort(key=lambda item: item.start)
                buffer.write(buffer.frame_at(now + REWRITE_AHEAD_S), muted=False)
                self._log_buffer(buffer, items)
                break
        else:
            started = self._start_buffer(items, now)
            if started is None:
                return False
            buffer = started
        for item in [item for item in buffer.waiting if item.start == delayed]:
            buffer.waiting.remove(item)  # nothing can change it any more before it is heard
            self._note_begun(item)
        return True

    def _take_overlapping(self, items: list[ScheduledClip], now: float) -> list[ScheduledClip]:
        """Returns the clips and those that overlap with them, which are removed from their buffers if there is time."""
        until = now + REWRITE_AHEAD_S
        pairs = [pair for item in items for pair in self._overlapping(item)]
        movable = {
            other.cue.id: (buffer, other) for buffer, other in pairs if other.start >= until + OPEN_TIME_S + MARGIN_S
        }
        for buffer, other in movable.values():
            buffer.remove(other, until)
            buffer.waiting.remove(other)
            buffer.write(buffer.frame_at(until), muted=False)
        return sorted([*items, *(other for _, other in movable.values())], key=lambda item: item.start)

    def _peak(self, first: float, end: float) -> int:
        """Returns the highest level that the sum of all buffers may have between two moments."""
        return sum(buffer.peak(first, end) for buffer in self._buffers)

    def _start_buffer(self, items: list[ScheduledClip], now: float) -> PlaybackBuffer | None:
        """Plays a new buffer and returns it, or None if the device cannot be opened now.

        Clips that are late start at once. From the handover on, the new buffer also plays what the other buffers would
        still play, since the device would only add up two buffers.
        """
        items = self._take_overlapping(items, now)
        self._taken.update((item.cue.id, item.start) for item in items)
        first, end = items[0].start, max(item.start + item.frames / RATE for item in items)
        handover = max(first, now + REWRITE_AHEAD_S + OPEN_TIME_S + MARGIN_S)
        peak = self._peak(min(first, now) - MARGIN_S, handover + MARGIN_S)
        continued_ends = (
            item.start + item.frames / RATE
            for buffer in self._buffers
            for item in buffer.items
            if item.start < handover < item.start + item.frames / RATE
        )
        end = max([end, *continued_ends])
        continued = {
            item.cue.id: item for buffer in self._buffers for item in self._end_clips(buffer, handover - MARGIN_S, end)
        }
        tail = MARGIN_S if self._is_exclusive else TAIL_S
        new = PlaybackBuffer(now + OPEN_TIME_S, round((end - now + tail) * RATE))
        for item in items:
            if item.start < handover:
                new.place(item, max(0, new.frame_at(item.start)))
        if peak > MAX_SAMPLE - PEAK_LIMIT:
            new.level_limit = (max(0, MAX_SAMPLE - peak), new.frame_at(handover))
        new.write(0, muted=False)
        if not self._play(new):
            for item in items:
                del self._taken[item.cue.id]
            return None
        time.sleep(YIELD_S)
        safe = max(new.frame_at(new.origin + REWRITE_AHEAD_S), new.frame_at(handover))
        for item in items:
            if item not in new.items:
                new.place(item, max(safe, new.frame_at(item.start)))
        for item in continued.values():
            new.resume(item, safe, max(0, safe - new.frame_at(item.start)))
        new.write(safe, muted=False)
        self._log_buffer(new, items)
        return new

    @staticmethod
    def _log_buffer(buffer: PlaybackBuffer, items: list[ScheduledClip]) -> None:
        """Logs which cues were put into which buffer, in the format that the test harness reads."""
        idents = json.dumps([item.cue.id for item in items])
        sys.stderr.write(f"{time.monotonic():.3f} simpleaudio: the run of {buffer.origin:.3f} plays {idents}\n")

    def _end_clips(self, buffer: PlaybackBuffer, moment: float, end: float) -> list[ScheduledClip]:
        """Ends the clips of a buffer that play at `moment`, and removes those that start between `moment` and `end`.

        Returns the clips that were ended early.
        """
        ended = []
        for item in list(buffer.items):
            clip_end = item.start + item.frames / RATE if item.cut is None else item.cut
            if item.start >= end or clip_end <= moment:
                continue
            if item in buffer.waiting and item.start >= moment:
                buffer.remove(item, moment)
                buffer.waiting.remove(item)
                del self._taken[item.cue.id]  # it gets a place in the new buffer or a later one
            else:
                buffer.shorten(item, replace(item, cut=moment), moment)
                ended.append(item)
        buffer.write(buffer.frame_at(moment) - FADE_FRAMES, muted=False)
        return ended

    def _group_with_followers(self, first: ScheduledClip, layout: Layout) -> list[ScheduledClip]:
        """Returns the clips that go into one buffer, from `first` on. A countdown is never divided."""
        items, end = [first], first.start + first.frames / RATE
        for item in layout.window(first.start, first.start + MAX_SPAN_S):
            if item is first or not item.ready or item.cue.id in self._taken or self._has_begun(item):
                continue
            in_countdown = item.cue.spec.guarded and items[-1].cue.spec.guarded
            if item.start <= (max(items[-1].start + MAX_PIP_GAP_S, end) if in_countdown else end + JOIN_GAP_S):
                items.append(item)
                end = max(end, item.start + item.frames / RATE)
        return items

    def _is_wanted(self, item: ScheduledClip) -> bool:
        return self._scheduler is not None and self._scheduler.is_wanted(item.cue.id)

    def _has_begun(self, item: ScheduledClip) -> bool:
        return self._scheduler is not None and self._scheduler.has_begun(item.cue.id)

    def _play(self, buffer: PlaybackBuffer) -> bool:
        """Starts a buffer now. Returns False if the device is refused; then the other buffers are stopped.

        If the device is refused without another buffer playing, or for too long, `_problem` is set.
        """
        known_threads = realtime_priority.thread_ids()
        try:
            buffer.handle = self._library.play_buffer(buffer.data, 1, 2, RATE)
        except Exception as problem:  # noqa: BLE001 - the library's exceptions differ from version to version
            reason = " ".join(str(problem).split()) or type(problem).__name__
            sys.stderr.write(f"{time.monotonic():.3f} simpleaudio: {reason}\n")
            self._refused_since = min(self._refused_since, time.monotonic())
            if not self._buffers or time.monotonic() > self._refused_since + FAULT_AFTER_S:
                self._problem = reason
            self._is_exclusive = self._is_exclusive or bool(self._buffers)
            for other in self._buffers:  # their waiting clips go into a buffer of their own
                for item in other.waiting:
                    self._taken.pop(item.cue.id, None)
                other.waiting.clear()
                threading.Thread(target=other.handle.stop, daemon=True).start()  # `stop` returns only after a while
                other.stopped = True
            return False
        self._refused_since = NEVER
        buffer.origin = buffer.progress_at = time.monotonic() + START_OFFSET_S
        buffer.threads = realtime_priority.thread_ids() - known_threads
        realtime_priority.raise_thread_priority(known_threads)
        self._buffers.append(buffer)
        return True
