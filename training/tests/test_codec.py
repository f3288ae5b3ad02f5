"""The codec's claims: shapes, an exact transform, stated receptive fields, silence, ONNX parity, resumable training."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from training import train_codec
from training.codec import CodecConfig, SpectralVae, Stft, load_codec, load_latent_statistics
from training.codec_clips import ClipMaker
from training.codec_fit import fit_linear_path
from training.codec_losses import attack_time_ms, envelope_loss, multi_resolution
from training.oneshots import OneShot, OneShots
from training.train_codec import TrainConfig, Trainer, run

TINY = CodecConfig(
    channels=8,
    encoder_width=12,
    encoder_blocks=2,
    encoder_latent_width=16,
    encoder_latent_blocks=1,
    decoder_latent_width=16,
    decoder_latent_blocks=1,
    decoder_width=12,
    decoder_blocks=2,
)


def tiny_codec() -> SpectralVae:
    torch.manual_seed(0)
    return SpectralVae(config=TINY).eval().requires_grad_(False)


def recording(*, group: str, sound: np.ndarray) -> OneShot:
    return OneShot(
        file=f"{group}.flac", raw_material="wood", material="wood", licence="CC0", author="a", source="s", kind="hit",
        group=group, family=group, layer=0, audio=sound, attack=0,
    )  # fmt: skip


def clip_maker(config: TrainConfig, *, seed: int) -> ClipMaker:
    rng = np.random.default_rng(seed)
    decay = np.exp(-np.arange(4800) / 600)
    sounds = [(rng.normal(size=4800) * decay).astype(np.float32) for _ in range(3)]
    oneshots = OneShots([recording(group=f"g{i}", sound=sound) for i, sound in enumerate(sounds)])
    return ClipMaker(oneshots=oneshots, synthetic=[], clip_sec=config.clip_sec, seed=seed)


@pytest.mark.parametrize("hops", [1, 4, 9])
def test_transform_is_its_own_exact_inverse_up_to_the_edges(hops: int) -> None:
    stft = Stft(fft=960)
    signal = torch.randn(2, 240 * hops)
    spectrum = stft(signal)
    assert spectrum.shape == (2, 2 * 481, hops)
    assert torch.allclose(stft.inverse(spectrum), signal, atol=1e-5)


def test_transform_agrees_with_a_complex_fft() -> None:
    signal = torch.randn(1, 240 * 8)
    frame = torch.fft.rfft(signal[0, 240 * 3 - 360 : 240 * 3 + 600] * torch.hann_window(960)) * 4 / 960
    frame = frame * torch.exp(-0.5j * torch.pi * (3 * torch.arange(481) % 4))  # the clock that turns with each bin
    spectrum = Stft(fft=960)(signal)[0, :, 3]
    assert torch.allclose(spectrum[:481], frame.real, atol=1e-5)
    assert torch.allclose(spectrum[481:], frame.imag, atol=1e-5)


def test_shapes_and_length_error() -> None:
    codec = tiny_codec()
    mean, log_variance = codec.encode(torch.randn(2, 960 * 7))
    assert mean.shape == log_variance.shape == (2, 8, 7)
    assert codec.decode(mean).shape == (2, 960 * 7)
    for length in (0, 961):
        with pytest.raises(ValueError, match="multiple of 960"):
            codec.encode(torch.zeros(1, length))


def test_the_shipped_size_stays_small() -> None:
    assert sum(parameter.numel() for parameter in SpectralVae().parameters()) < 6.5e6
    assert not any("stft" in name for name in SpectralVae().state_dict())


def test_decoder_receptive_field_is_what_it_says() -> None:
    codec = tiny_codec()
    reach = codec.decoder_receptive_latents
    middle = reach + 4
    latents = torch.randn(1, 8, 2 * middle + 1)
    changed = latents.clone()
    changed[..., middle] += 3.0
    difference = (codec.decode(latents) - codec.decode(changed)).abs()[0].reshape(-1, 960).amax(1)
    touched = torch.nonzero(difference > 0).flatten()
    assert middle - reach <= touched.min() and touched.max() <= middle + reach
    assert touched.max() - touched.min() >= 2 * reach - 2  # the claim is not needlessly wide


def test_encoder_receptive_field_is_what_it_says() -> None:
    codec = tiny_codec()
    reach = codec.encoder_receptive_samples
    middle = reach // 960 + 3
    waveform = torch.randn(1, 960 * (2 * middle + 1)) * 0.1
    inside = waveform.clone()
    outside = waveform.clone()
    inside[0, 960 * middle - reach + 8] += 5.0
    outside[0, : 960 * middle - reach] += 5.0
    outside[0, 960 * (middle + 1) + reach :] -= 5.0
    reference = codec.encode(waveform)[0][..., middle]
    assert torch.equal(codec.encode(outside)[0][..., middle], reference)
    assert not torch.equal(codec.encode(inside)[0][..., middle], reference)


def test_a_closed_gain_silences_what_the_spectrum_says() -> None:
    codec = tiny_codec()
    codec.synthesis_map.bias[:] = 2.0  # log-magnitude features of about -20 dB
    loud = codec.decode(torch.zeros(1, 8, 10))
    codec.head.bias[-TINY.gain_points :] = -30.0
    assert loud.abs().max() > 1e-2
    assert codec.decode(torch.zeros(1, 8, 10)).abs().max() < 1e-4


class Encode(nn.Module):
    def __init__(self, codec: SpectralVae) -> None:
        super().__init__()
        self.codec = codec

    def forward(self, waveform: Tensor) -> Tensor:
        return self.codec.encode(waveform)[0]


class Decode(Encode):
    def forward(self, latents: Tensor) -> Tensor:
        return self.codec.decode(latents)


@pytest.mark.parametrize("kind", [Encode, Decode])
def test_onnx_agrees_at_any_length_and_stores_no_transform(kind: type[Encode], tmp_path: Path) -> None:
    module = kind(tiny_codec())
    encodes = kind is Encode
    example = torch.randn(1, 960 * 3) if encodes else torch.randn(1, 8, 3)
    path = tmp_path / "graph.onnx"
    torch.onnx.export(
        module, (example,), path, dynamo=False, opset_version=17, do_constant_folding=False,
        input_names=["input"], output_names=["output"],
        dynamic_axes={"input": {1 if encodes else 2: "n"}, "output": {2 if encodes else 1: "m"}},
    )  # fmt: skip
    assert path.stat().st_size < 400_000  # a stored basis alone would be 3.7 MB
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for latents in (1, 11):
        given = torch.randn(1, 960 * latents) * 0.1 if encodes else torch.randn(1, 8, latents)
        (result,) = session.run(None, {"input": given.numpy()})
        assert np.abs(result - module(given).numpy()).max() < 1e-3


def test_the_fitted_linear_path_codes_without_any_training() -> None:
    config = TrainConfig(clip_sec=0.4)
    maker = clip_maker(config, seed=0)
    codec = tiny_codec()
    clips = [maker.batch(size=8) for _ in range(4)]

    def distance() -> float:
        return float(multi_resolution(codec.decode(codec.encode(clips[0])[0]), clips[0], ffts=(512,)))

    before = distance()
    assert fit_linear_path(codec, clips) > 0.9
    assert distance() < 0.6 * before
    mean, log_variance = codec.encode(torch.cat(clips))
    spread = mean.var((0, 2)) + log_variance.exp().mean((0, 2))
    assert torch.allclose(spread, torch.ones(8), atol=0.1)


def test_a_trainer_and_its_average_begin_at_a_fit_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    config = TrainConfig(clip_sec=0.4, fit_batches=2)
    maker = clip_maker(config, seed=0)
    trainer = Trainer(codec_config=TINY, config=config, train=maker, test=maker)
    before, on_cpu = trainer.codec.analysis_map.weight.clone(), []

    def fit(codec: SpectralVae, clips: list[Tensor]) -> float:
        assert codec is on_cpu[-1] and codec is not trainer.codec and codec is not trainer.average
        return fit_linear_path(codec, clips)

    monkeypatch.setattr(SpectralVae, "cpu", lambda codec: on_cpu.append(codec) or codec)
    monkeypatch.setattr(train_codec, "fit_linear_path", fit)
    assert trainer.fit() > 0.9
    assert not torch.equal(trainer.codec.analysis_map.weight, before)
    for name, value in trainer.codec.state_dict().items():
        assert torch.equal(trainer.average.state_dict()[name], value)


@pytest.mark.parametrize("adversary_minutes", [0.0, 1.0])
def test_a_frozen_encoder_keeps_its_latents_with_and_without_judges(adversary_minutes: float) -> None:
    config = TrainConfig(
        batch=2, clip_sec=0.4, encoder_minutes=0.0, adversary_minutes=adversary_minutes, statistics_batches=2
    )
    trainer = Trainer(
        codec_config=TINY, config=config, train=clip_maker(config, seed=0), test=clip_maker(config, seed=1)
    )
    clip = trainer.train.batch(size=1)
    latents = trainer.average.encode(clip)[0]
    decoded = trainer.codec.decode(latents)
    judges = copy.deepcopy(trainer.adversary.state_dict())
    trainer.step()
    trainer.step()
    assert torch.equal(trainer.average.encode(clip)[0], latents)
    assert torch.equal(trainer.codec.encode(clip)[0], latents)
    assert not torch.equal(trainer.codec.decode(latents), decoded)
    learned = any(not torch.equal(judges[name], value) for name, value in trainer.adversary.state_dict().items())
    assert learned == (adversary_minutes == 0)


def test_losses_are_zero_for_equals_and_hear_pre_echo() -> None:
    target = torch.zeros(1, 9600)
    target[0, 4800:5800] = torch.randn(1000) * torch.exp(-torch.arange(1000) / 200)
    early = target.clone()
    early[0, 4000:4800] = 0.01 * torch.randn(800)
    assert multi_resolution(target, target, ffts=(512, 128)) == 0 == envelope_loss(target, target)
    assert envelope_loss(early, target) > 0.3


@pytest.mark.parametrize("shift", [-24, 0, 48])
def test_attack_time_follows_the_attack(shift: int) -> None:
    signal = np.zeros(9600)
    signal[4800:6800] = np.sin(np.arange(2000)) * np.exp(-np.arange(2000) / 300)
    moved = np.roll(signal, shift)
    difference = attack_time_ms(moved, near_ms=100) - attack_time_ms(signal, near_ms=100)
    assert difference == pytest.approx(shift / 48, abs=0.13)


def test_training_resumes_where_it_stopped(tmp_path: Path) -> None:
    config = TrainConfig(batch=2, clip_sec=0.4, minutes=0.1, save_every_sec=1e9)
    trainer = Trainer(
        codec_config=TINY, config=config, train=clip_maker(config, seed=0), test=clip_maker(config, seed=1)
    )
    before = copy.deepcopy(trainer.codec.state_dict())
    trainer.step()
    trainer.elapsed_sec = 5.0
    assert any(not torch.equal(before[name], value) for name, value in trainer.codec.state_dict().items())
    with torch.no_grad():
        trainer.adversary.discriminators[0].score.bias.fill_(7.0)
    trainer.save(tmp_path)

    resumed = Trainer(codec_config=TINY, config=config, train=trainer.train, test=trainer.test)
    resumed.resume(tmp_path / "codec.pt")
    assert (resumed.step_count, resumed.elapsed_sec) == (1, 5.0)
    assert resumed.adversary.discriminators[0].score.bias == 7.0
    assert resumed.pace() == trainer.pace() < 1
    for name, value in load_codec(tmp_path / "codec.pt").state_dict().items():
        assert torch.equal(value, trainer.average.state_dict()[name])
    mean, std = load_latent_statistics(tmp_path / "codec.pt")
    assert mean.shape == std.shape == (8,) and bool((std > 0).all())

    resumed.elapsed_sec = 60 * config.minutes
    run(resumed, folder=tmp_path)  # nothing is left to do, and nothing is done
    assert resumed.step_count == 1
