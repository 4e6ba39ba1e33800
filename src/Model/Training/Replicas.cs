using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// The networks on each device of a training. The first replica is the training itself: its weights are learnt, averaged and saved. The others
/// have the same weights, and each replica differentiates the loss on its share of a minibatch, on a thread of its own. Sums are made in the order
/// of the devices, whichever ends first.
/// </summary>
internal sealed class Replicas : IDisposable
{
    private readonly List<Replica> all = [];
    private readonly List<Worker> workers = [];

    /// <summary>Builds the networks on each device from the seed.</summary>
    /// <exception cref="ArgumentException">A device is not there.</exception>
    public Replicas(TrainerOptions options)
    {
        LossScale generatorScale = new(options.Precision), discriminatorScale = new(options.Precision);
        try
        {
            foreach (string name in TorchDevice.Names(options.Device))
                all.Add(new Replica(options, TorchDevice.Parse(name), generatorScale, discriminatorScale));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The training itself.</summary>
    public Replica First => all[0];

    /// <summary>How many there are.</summary>
    public int Count => all.Count;

    /// <summary>Adds up what each replica computes, on the first one's device.</summary>
    /// <param name="compute">Tensors without a graph, of each replica and its number; as many of each.</param>
    /// <returns>Their sums, in the caller's dispose scope.</returns>
    /// <exception cref="Exception">What the first replica threw that failed, once all have ended.</exception>
    public Tensor[] Sum(Func<Replica, int, Tensor[]> compute)
    {
        if (all.Count == 1)
            return compute(First, 0);
        if (workers.Count == 0)
            Hire();

        // What the caller has in its scope is read by all, so that none may go on when it is freed.
        Tensor[][] terms = [.. all.Select(_ => Array.Empty<Tensor>())];
        ExceptionDispatchInfo?[] faults = new ExceptionDispatchInfo?[all.Count];
        using (CountdownEvent running = new(all.Count))
        {
            for (int i = 0; i < all.Count; i++)
            {
                int number = i;
                workers[number].Begin(() =>
                {
                    try
                    {
                        terms[number] = Freed(() => compute(all[number], number));
                    }
                    catch (Exception e)
                    {
                        faults[number] = ExceptionDispatchInfo.Capture(e);
                    }
                    running.Signal();
                });
            }
            running.Wait();
        }

        // Dispose scopes belong to threads: what the replicas have computed comes into one of this thread, also where another one has failed.
        using DisposeScope scope = NewDisposeScope();
        foreach (Tensor tensor in terms.SelectMany(of => of))
            scope.Attach(tensor);
        faults.FirstOrDefault(fault => fault is not null)?.Throw();
        Tensor[] sums = [.. terms[0].Select((first, i) => Add(first, terms.Skip(1).Select(of => of[i])))];
        foreach (Tensor sum in sums)
            sum.MoveToOuterDisposeScope();
        return sums;
    }

    /// <summary>The others take the weights of the first: those of one network that are active at a stage, since no others have changed.</summary>
    public void Follow(Func<Replica, GradientStep> network, GrowthStage stage) => Copy(replica => network(replica).ActiveAt(stage));

    /// <summary>The others take all weights of the first.</summary>
    public void Follow()
    {
        Copy(replica => replica.GeneratorStep.Parameters);
        Copy(replica => replica.DiscriminatorStep.Parameters);
    }

    public void Dispose()
    {
        workers.ForEach(worker => worker.Dispose());
        all.ForEach(replica => replica.Dispose());
    }

    /// <summary>Replicas on the CPU share its cores (see CpuThreads): what they compute goes by how many threads each has, and not by timing.</summary>
    private void Hire()
    {
        int threads = Math.Max(1, get_num_threads() / all.Count);
        List<Worker> hired = [];
        try
        {
            for (int number = 0; number < all.Count; number++)
                hired.Add(new Worker($"replica {number}", threads));
        }
        catch
        {
            hired.ForEach(worker => worker.Dispose());
            throw;
        }
        workers.AddRange(hired);
    }

    private void Copy(Func<Replica, IEnumerable<Tensor>> weights)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        foreach (Replica other in all.Skip(1))
        {
            foreach ((Tensor from, Tensor to) in weights(First).Zip(weights(other)))
                to.copy_(from);
        }
    }

    /// <summary>On the first device, one after the other, with one of the others' tensors there at a time.</summary>
    private Tensor Add(Tensor first, IEnumerable<Tensor> others)
    {
        using var noGradients = no_grad();
        Tensor sum = first;
        foreach (Tensor other in others)
        {
            using var scope = NewDisposeScope();
            Tensor next = (sum + First.Take(other)).MoveToOuterDisposeScope();
            sum.Dispose();
            sum = next;
        }
        return sum;
    }

    /// <summary>What is computed on this thread, free of its dispose scopes.</summary>
    private static Tensor[] Freed(Func<Tensor[]> compute)
    {
        using var scope = NewDisposeScope();
        Tensor[] tensors = compute();
        foreach (Tensor tensor in tensors)
            tensor.DetachFromDisposeScope();
        return tensors;
    }
}
