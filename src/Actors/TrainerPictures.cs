using Akka.Actor;

namespace Pggan.Actors;

/// <summary>Pictures on their way to the sampler, a few at most: each carries a whole network.</summary>
internal sealed class TrainerPictures(HeldTraining training, IActorRef sampler)
{
    public const int Most = 4;

    private int _open;

    public bool AreTooMany => _open >= Most;

    public void DrawGrid(long request = TrainerRequest.None) => Draw(new DrawFixedGrid(training.Trainer.CaptureGenerator(), request));

    public void DrawOther(DrawSamples wish, long request) => Draw(new DrawOther(training.Trainer.CaptureGenerator(), wish, request));

    /// <summary>One is drawn, or cannot be. Those that an earlier life of the trainer asked for end too.</summary>
    public void End() => _open = Math.Max(0, _open - 1);

    private void Draw(INoSerializationVerificationNeeded picture)
    {
        _open++;
        sampler.Tell(picture);
    }
}
