using System.Text.Json.Nodes;

namespace Pggan.Host;

/// <summary>The pipeline of a status in words: who works, who waits for images, who waits for room.</summary>
internal static class PipelineText
{
    /// <summary>A line for each kind of stage, one for the queues, one for the store, one for what was skipped; none where there is no pipeline.</summary>
    public static IEnumerable<string> Lines(JsonObject? pipeline)
    {
        if (pipeline is null)
            yield break;
        string label = "Pipeline";
        foreach (IGrouping<string, JsonObject> kind in pipeline.Objects("stages").GroupBy(s => s.Text("name")?.Split('-')[0] ?? "?"))
        {
            yield return StatusText.Labelled(label, Shares(kind.Key, [.. kind]));
            label = "";
        }
        if (pipeline.Objects("queues").Select(q => $"{q.Text("name")} {q.Number("count"):0}/{q.Number("capacity"):0}").ToArray() is [_, ..] queues)
            yield return StatusText.Labelled("Queues", string.Join(", ", queues));
        if (pipeline.Number("stored_images") is > 0 and { } stored)
            yield return StatusText.Labelled("Store", $"{stored:0} images on disk at every resolution, {pipeline.Number("store_reads") ?? 0:0} taken from there");
        if (pipeline.Number("skipped_images") is > 0 and { } skipped)
            yield return StatusText.Labelled("Skipped", $"{skipped:0} images; events.jsonl names them");
    }

    /// <summary>Since the training's start.</summary>
    private static string Shares(string kind, JsonObject[] stages)
    {
        double Sum(string state) => stages.Sum(s => s.Number(state) ?? 0);
        double all = Sum("busy") + Sum("waiting") + Sum("blocked");
        string Share(string state) => $"{state} {(all > 0 ? Sum(state) / all * 100 : 0),3:0}%";
        string name = stages.Length > 1 ? $"{kind} x{stages.Length}" : kind;
        return $"{name,-15} {Share("busy")}  {Share("waiting")}  {Share("blocked")}  {Sum("items"):0} items";
    }
}
