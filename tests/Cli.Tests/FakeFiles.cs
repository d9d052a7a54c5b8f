using Holdfast.Cli.Files;
using Holdfast.Configuration;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Tests;

/// <summary>Knows one good file; every other has two errors.</summary>
public sealed class FakeFiles(SystemSpec system) : ISystemFiles
{
    public const string Good = "/etc/holdfast/holdfast.yaml";

    public List<string> Asked { get; } = [];
    /// <summary>As good as <see cref="Good"/>.</summary>
    public string? AlsoGood { get; set; }

    public FileReading Read(string path)
    {
        Asked.Add(path);
        return path == Good || path == AlsoGood ? new FileReading(system, []) : new FileReading(null, ["3:5 stores.orders  no members; add one", "9:1 x  unknown key; remove it"]);
    }

    public FileReport Check(string path, int width, bool json) => path == Good
        ? new FileReport(Valid: true, json ? """{"valid":true}""" + "\n" : $"{path} is valid\n")
        : new FileReport(Valid: false, json ? """{"valid":false}""" + "\n" : $"{path} is not valid: 2 errors\n");

    // Facts are read by the real reader: it is pure but for the secrets of a system's file.
    public PlanFactsReading ReadPlan(string path) => new SystemFiles(ProcessEnvironment.Instance).ReadPlan(path);

    public PlanFactsReading ParsePlan(string text) => new SystemFiles(ProcessEnvironment.Instance).ParsePlan(text);

    public string Schema() => """{"$schema":"x"}""";
}
