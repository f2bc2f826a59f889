"""Trains the codec's own autoencoder and writes encoder.onnx, decoder.onnx and
the figures of the model card (training.json).

    python3 train.py --photos FOLDER [--out FOLDER] [--steps N] [--resume FILE]

FOLDER holds the photos of the scikit-image package (its skimage/data). The
corpus is not read. Written for torch 1.13 on a CPU with one thread.

The network is a principal component analysis with a small convolutional
correction: both directions start as the linear projection on the four first
components of 4x4 blocks and learn what to add. Every operator is a convolution,
a rectifier, an addition or a rearrangement, so a decoder with a fixed order of
arithmetic is short. The latent is the posterior's mean; its standard deviation
is fixed (SIGMA), so the KL term is the mean's square, up to a constant.
"""

import argparse
import json
import os
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import images

SEED = 20261126
REDUCTION = 4
LATENTS = 4
WIDTH = 32
ENCODER_BLOCKS = 1
DECODER_BLOCKS = 3
CROP = 96
BATCH = 8
SIGMA = 0.03
BETA = 1e-6
BLOCK = 3 * REDUCTION * REDUCTION

# The codec applies this rotation to the latent; the model stores its components
# already rotated, so that after the codec's rotation each channel is one
# component and the energy is in the first of them.
HADAMARD = 0.5 * torch.tensor(
    [[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]
)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x):
        return x + self.second(F.relu(self.first(x)))


class Encoder(nn.Module):
    """(N,3,H,W) in 0..1 to (N,4,H/4,W/4); H and W multiples of 4."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Conv2d(3, LATENTS, REDUCTION, stride=REDUCTION)
        self.enter = nn.Conv2d(3, WIDTH, REDUCTION, stride=REDUCTION)
        self.blocks = nn.Sequential(*[Block(WIDTH) for _ in range(ENCODER_BLOCKS)])
        self.leave = nn.Conv2d(WIDTH, LATENTS, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, image):
        return self.linear(image) + self.leave(
            F.relu(self.blocks(F.relu(self.enter(image))))
        )


class Decoder(nn.Module):
    """(N,4,h,w) to (N,3,4h,4w), in 0..1."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Conv2d(LATENTS, BLOCK, 1)
        self.enter = nn.Conv2d(LATENTS, WIDTH, 3, padding=1)
        self.blocks = nn.Sequential(*[Block(WIDTH) for _ in range(DECODER_BLOCKS)])
        self.leave = nn.Conv2d(WIDTH, BLOCK, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def raw(self, latent):
        inner = F.relu(self.blocks(F.relu(self.enter(latent))))
        return F.pixel_shuffle(self.linear(latent) + self.leave(inner), REDUCTION)

    def forward(self, latent):
        return torch.clamp(self.raw(latent), 0.0, 1.0)


def components(crops):
    """Mean (48) and the four first principal components (4x48) of the blocks."""
    blocks = F.unfold(crops, REDUCTION, stride=REDUCTION)
    blocks = blocks.permute(0, 2, 1).reshape(-1, BLOCK).double()
    mean = blocks.mean(0)
    centred = blocks - mean
    values, vectors = torch.linalg.eigh(centred.t() @ centred / len(blocks))
    basis = vectors[:, -LATENTS:].flip(1).t()
    # A component's sign is free: its first sum that is not zero is positive.
    signs = torch.sign(basis.sum(1) + 1e-9 * basis[:, 0])
    return mean.float(), (basis * signs[:, None]).float(), values.flip(0)


def start_linear(encoder, decoder, mean, basis):
    rotated = HADAMARD @ basis
    with torch.no_grad():
        encoder.linear.weight.copy_(rotated.reshape(LATENTS, 3, REDUCTION, REDUCTION))
        encoder.linear.bias.copy_(-(rotated @ mean))
        # unfold and pixel_shuffle both order a block as channel, row, column.
        decoder.linear.weight.copy_(rotated.t().reshape(BLOCK, LATENTS, 1, 1))
        decoder.linear.bias.copy_(mean)


class Crops:
    """Random crops of the weighted images: turned, mirrored, shrunk, relit."""

    def __init__(self, pictures, weights, rng):
        self.pictures = pictures
        self.shares = np.asarray(weights) / sum(weights)
        self.rng = rng

    def one(self):
        rng = self.rng
        picture = self.pictures[rng.choice(len(self.pictures), p=self.shares)]
        height, width, _ = picture.shape
        factor = 2 if rng.uniform() < 0.35 and min(height, width) >= 2 * CROP else 1
        side = CROP * factor
        y = rng.integers(0, height - side + 1)
        x = rng.integers(0, width - side + 1)
        crop = picture[y : y + side, x : x + side]
        if factor == 2:
            crop = crop.reshape(CROP, 2, CROP, 2, 3).mean(axis=(1, 3))
        crop = np.rot90(crop, rng.integers(4))
        if rng.uniform() < 0.5:
            crop = crop[:, ::-1]
        if rng.uniform() < 0.5:
            gain = rng.uniform(0.7, 1.2) * (1 + rng.normal(size=3) * 0.08)
            crop = np.clip(crop * gain + rng.uniform(-0.1, 0.1), 0, 1)
        # Eight bits, as the codec's input is.
        crop = np.round(crop * 255.0) / 255.0
        return np.ascontiguousarray(crop.transpose(2, 0, 1), dtype=np.float32)

    def batch(self, count):
        return torch.from_numpy(np.stack([self.one() for _ in range(count)]))


def psnr(error):
    return float(-10 * np.log10(max(error, 1e-12)))


def export(encoder, decoder, folder):
    encoder.eval()
    decoder.eval()
    image = torch.zeros(1, 3, 32, 32)
    for module, name, example, axes in [
        (encoder, "encoder", image, ("image", "latent")),
        (decoder, "decoder", encoder(image).detach(), ("latent", "image")),
    ]:
        torch.onnx.export(
            module,
            example,
            os.path.join(folder, f"{name}.onnx"),
            opset_version=14,
            input_names=[axes[0]],
            output_names=[axes[1]],
            dynamic_axes={a: {0: "n", 2: f"{a}_h", 3: f"{a}_w"} for a in axes},
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", required=True)
    parser.add_argument("--out", default=".")
    parser.add_argument("--steps", type=int, default=9000)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--resume")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    started = time.time()

    photos = list(images.photos(arguments.photos))
    drawn = images.procedural(SEED)
    pictures = [p[4] for p in photos] + drawn
    weights = [p[3] for p in photos]
    weights += [images.PROCEDURAL_WEIGHT / len(drawn)] * len(drawn)
    crops = Crops(pictures, weights, np.random.default_rng(SEED + 1))
    held = Crops(pictures, weights, np.random.default_rng(SEED + 2)).batch(32)

    mean, basis, values = components(crops.batch(512))
    encoder, decoder = Encoder(), Decoder()
    start_linear(encoder, decoder, mean, basis)
    parameters = list(encoder.parameters()) + list(decoder.parameters())
    optimiser = torch.optim.Adam(parameters, lr=arguments.rate)
    report = {
        "seed": SEED,
        "torch": torch.__version__,
        "steps": arguments.steps,
        "parameters": sum(p.numel() for p in parameters),
        "photos": [{"name": p[0], "licence": p[1], "sha256": p[2]} for p in photos],
        "pca_variances": [round(float(v), 6) for v in values[:8]],
        "loss_curve": [],
        "seconds": 0.0,
    }
    first = 0
    if arguments.resume:
        state = torch.load(arguments.resume)
        encoder.load_state_dict(state["encoder"])
        decoder.load_state_dict(state["decoder"])
        optimiser.load_state_dict(state["optimiser"])
        report, first = state["report"], state["step"]
        report["steps"] = arguments.steps
        crops.rng = np.random.default_rng(SEED + 3 + first)
        started -= report["seconds"]
    warm = 200
    running = []
    for step in range(first, arguments.steps + 1):
        if step % 250 == 0 or step == arguments.steps:
            with torch.no_grad():
                error = F.mse_loss(decoder(encoder(held)), held).item()
            report["seconds"] = round(time.time() - started, 1)
            mean_loss = float(np.mean(running)) if running else None
            report["loss_curve"].append([step, mean_loss, round(psnr(error), 3)])
            print(step, mean_loss, psnr(error), report["seconds"], flush=True)
            running = []
            state = {
                "encoder": encoder.state_dict(),
                "decoder": decoder.state_dict(),
                "optimiser": optimiser.state_dict(),
                "report": report,
                "step": step,
            }
            torch.save(state, os.path.join(arguments.out, "checkpoint.pt"))
            export(encoder, decoder, arguments.out)
            with open(os.path.join(arguments.out, "training.json"), "w") as out:
                json.dump(report, out, indent=1)
            encoder.train()
            decoder.train()
        cosine = 0.5 * (1 + np.cos(np.pi * step / arguments.steps))
        rate = arguments.rate * min(1, (step + 1) / warm) * max(cosine, 0.005)
        for group in optimiser.param_groups:
            group["lr"] = rate
        batch = crops.batch(BATCH)
        latent = encoder(batch)
        noisy = latent + SIGMA * torch.randn_like(latent)
        loss = F.mse_loss(decoder.raw(noisy), batch)
        total = loss + BETA * (latent / SIGMA).square().mean() * 0.5
        optimiser.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(parameters, 0.1)
        optimiser.step()
        running.append(loss.item())


if __name__ == "__main__":
    main()
