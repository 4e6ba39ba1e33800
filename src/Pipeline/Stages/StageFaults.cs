using System.Threading.Channels;

namespace Pggan.Pipeline;

/// <summary>What a stage does with the position in its hands when it fails.</summary>
internal static class StageFaults
{
    /// <summary>Gives the position back; an image on which stages crashed too often is given up.</summary>
    public static void Return(PipelineContext context, PipelineChannels channels, ImageTicket ticket, Exception error)
    {
        Count(context, channels, ticket, error);
        channels.Ledger.Return(ticket);
    }

    /// <summary>Counts a crash, unless the cause lies outside: a cancelled run, closed channels, or a source that has gone away.</summary>
    public static void Count(PipelineContext context, PipelineChannels channels, ImageTicket ticket, Exception error)
    {
        if (error is OperationCanceledException or ChannelClosedException or IOException or DatasetUnusableException)
            return;
        if (channels.Ledger.CountCrash(ticket))
        {
            var reason = $"a stage crashed on it {ReadLedger.CrashLimit} times; the last time: {error.Message}";
            context.Skipped.Add(new SkippedImage(ticket.Index, context.Source.NameOf(ticket.Index), reason));
        }
    }
}
