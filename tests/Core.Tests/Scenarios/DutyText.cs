using Holdfast.Core.Sites;

namespace Holdfast.Core.Tests.Scenarios;

/// <summary>An action of a duty in the words of the scenario files. Of records and moves only what differs from the present ones.</summary>
internal static class DutyText
{
    public static string Of(SiteAction action, DutyView view) => action switch
    {
        SiteAction.None => "nothing",
        SiteAction.CreateRecord create => $"create site record: {Difference(null, create.Record)}",
        SiteAction.PublishCard card => $"publish card: {Card(card.Card)}",
        SiteAction.WriteBoth both => $"write site record: {Difference(view.Sites.Record, both.Record)}; {Difference(view.Sites.Move, both.Move)}",
        SiteAction.WriteMove move => Difference(view.Sites.Move, move.Move),
        SiteAction.Take take => $"take: {Difference(view.Sites.Record, take.Record)}; {Difference(view.Sites.Move, take.Move)}" +
            (take.LeaseMustBeGone ? "; lease must be gone" : ""),
        SiteAction.RunHook hook => $"run hook {Name(hook.Step)}",
        SiteAction.RunVerify verify => $"run {Name(verify.Step)}",
        SiteAction.RunCheckpoint => "run checkpoint",
        _ => throw new ArgumentOutOfRangeException(nameof(action), action.GetType().Name, "no words for this action"),
    };

    private static string Difference(SiteRecord? before, SiteRecord after)
    {
        var parts = new List<string>();
        Add(parts, before?.Epoch != after.Epoch || before.ActiveSite != after.ActiveSite, $"epoch {after.Epoch} at {after.ActiveSite}");
        Add(parts, before is not null && before.State != after.State, Name(after.State));
        Add(parts, before is null && after.Moves > 0, $"{after.Moves} moves");
        Add(parts, before?.Owed != after.Owed, after.Owed is { } owed ? $"owes {owed}" : "owes nothing");
        return Joined(parts);
    }

    private static string Difference(SiteMove? before, SiteMove? after)
    {
        if (after is null || after.Id != before?.Id)
        {
            return after is null ? "no move" : $"begin {Name(after.Kind)} to {after.To}";
        }

        var parts = new List<string>();
        foreach (var (old, now) in before.Steps.Zip(after.Steps).Where(pair => pair.First.State != pair.Second.State))
        {
            parts.Add($"{Name(now.Kind)} {Name(now.State)}");
        }

        Add(parts, before.StoppedAt != after.StoppedAt, $"stopped at {after.StoppedAt}");
        Add(parts, before.TakenAt != after.TakenAt, $"taken at {after.TakenAt}");
        Add(parts, before.State != after.State, $"move {Name(after.State)}");
        return Joined(parts);
    }

    private static string Card(SiteCard card) =>
        $"epoch {card.Epoch}, leader {card.Leader}{(card.Passive ? ", passive" : "")}{(card.Serving ? "" : ", not serving")}" +
        $"{(card.Healthy ? "" : ", not healthy")}, beat {card.Beat}";

    private static string Joined(List<string> parts) => parts.Count == 0 ? "unchanged" : string.Join(", ", parts);

    /// <summary><c>CatchUp</c> is written <c>catch-up</c>.</summary>
    private static string Name<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select((letter, i) => char.IsUpper(letter) && i > 0 ? $"-{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));

    private static void Add(List<string> parts, bool differs, string text)
    {
        if (differs)
        {
            parts.Add(text);
        }
    }
}
