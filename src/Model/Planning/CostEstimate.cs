namespace Pggan.Model;

/// <summary>What training at a resolution costs, by counting operations.</summary>
/// <param name="Resolution">Side of the images in pixels.</param>
/// <param name="Minibatch">Real images a discriminator step.</param>
/// <param name="SecondsPerKimg">Seconds for a thousand real images.</param>
/// <param name="Bytes">Memory that the networks, optimizers and one step need; of several GPUs, on the first one, which needs most.</param>
public sealed record CostEstimate(int Resolution, int Minibatch, double SecondsPerKimg, long Bytes);
