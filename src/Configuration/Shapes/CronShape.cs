using System.Text.Json.Nodes;
using Holdfast.Configuration.Yaml;
using Holdfast.Core.Backup;

namespace Holdfast.Configuration.Shapes;

/// <summary>Times as cron writes them.</summary>
internal sealed class CronShape : ScalarShape<CronSchedule>
{
    public static readonly CronShape Instance = new();

    public override string Name => "cron times";
    public override string Explanation =>
        "Five fields in quotes, in UTC: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday). Each is `*`, a number, a range " +
        "`1-5`, a step `*/15` or a list of those. `\"0 2 * * 0\"` is Sunday at 2.";
    protected override string Remedy => "write for example \"0 2 * * 0\", which is Sunday at 2 in UTC";
    public override JsonObject Describe() => TextSchema(@"^\s*\S+(\s+\S+){4}\s*$");
    public override string Format(CronSchedule value) => value.Text;

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out CronSchedule value)
    {
        value = CronSchedule.Parse(scalar.Text, out var problem)!;
        if (problem is null)
        {
            return true;
        }

        context.Findings.Error(place, problem, Remedy);
        return false;
    }
}
