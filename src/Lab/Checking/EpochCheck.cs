using Holdfast.Lab.Histories;

namespace Holdfast.Lab.Checking;

/// <summary>Primaries that acknowledged one after the other did so under rising epochs.</summary>
internal static class EpochCheck
{
    public static IEnumerable<Violation> Judge(History history)
    {
        var reigns = history.Writes
            .Where(write => write is { Outcome: Outcome.Acknowledged, IsLate: false } && history.Epochs.ContainsKey(write.By)).GroupBy(write => write.By)
            .Select(group => (Reign: group.Key, Epoch: history.Epochs[group.Key], First: group.Min(write => write.Answered)))
            .OrderBy(one => one.First).ToList();
        return reigns.Zip(reigns.Skip(1)).Where(pair => pair.First.Epoch >= pair.Second.Epoch).Select(pair => new Violation(
            Judgement.EpochFell,
            $"{pair.Second.Reign} acknowledged under epoch {pair.Second.Epoch}, after {pair.First.Reign} had under epoch {pair.First.Epoch}"));
    }
}
