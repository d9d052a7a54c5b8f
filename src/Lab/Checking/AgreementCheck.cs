using Holdfast.Lab.Histories;

namespace Holdfast.Lab.Checking;

/// <summary>At the end, when everything has been received, every member has what the primary has.</summary>
internal static class AgreementCheck
{
    public static IEnumerable<Violation> Judge(History history)
    {
        foreach (var (member, content) in history.Others)
        {
            foreach (var id in history.Final.Rows.Except(content.Rows))
            {
                yield return new Violation(Judgement.Diverged, $"{member} lacks row {id}");
            }

            foreach (var id in content.Rows.Except(history.Final.Rows))
            {
                yield return new Violation(Judgement.Diverged, $"{member} has row {id}, which the primary lacks");
            }

            for (var key = 0; key < history.Final.Lists.Length; key++)
            {
                if (!history.Final.Lists[key].SequenceEqual(content.Lists[key]))
                {
                    yield return new Violation(
                        Judgement.Diverged,
                        $"list {key} is another at {member}: {content.Lists[key].Length} entries against {history.Final.Lists[key].Length}");
                }
            }
        }
    }
}
