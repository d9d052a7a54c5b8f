using System.Globalization;
using System.Text.Json;
using Holdfast.Harness.Files;
using Holdfast.PlanBench.Trials;

// Arguments, from bench/plan/run: the folder of PostgreSQL's programs, where to write JSON ("" for nowhere), a report of ./quickstart ("" for none).
if (args is not [var binaries, var json, var quickstart])
{
    await Console.Error.WriteLineAsync("bench/plan/run starts this; see its --help");
    return 2;
}

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
using var folder = new TemporaryFolder("plan-bench");
var found = new List<Comparison>();
found.AddRange(await new CommitTrial(binaries, folder.Path, Console.Error.WriteLine).RunAsync([0, 1, 5, 20]));
foreach (var utilisation in (double[])[0.3, 0.6])
{
    found.Add(await new CatchUpTrial(binaries, folder.Path, Console.Error.WriteLine).RunAsync(TimeSpan.FromSeconds(15), utilisation));
}

if (quickstart.Length > 0)
{
    found.AddRange(RecoveryTrial.Compare(await File.ReadAllTextAsync(quickstart)));
}

Console.WriteLine($"{"",-52} {"predicted",12} {"measured",12} {"ratio",7}");
foreach (var one in found)
{
    var bound = one.Bound < 1 ? $"within {one.Bound * 100:0} %" : $"within a factor of {one.Bound:0}";
    Console.WriteLine(
        $"{one.Of,-52} {one.Predicted,9:0.00} {one.Unit,-2} {one.Measured,9:0.00} {one.Unit,-2} {one.Ratio,7:0.00}  {(one.Holds ? "" : "NOT ")}{bound}");
}

if (json.Length > 0)
{
    await File.WriteAllTextAsync(json, JsonSerializer.Serialize(found, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }));
}

return found.All(one => one.Holds) ? 0 : 1;
