using Holdfast.Core;
using Holdfast.Core.Backup;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Tests;

/// <summary>Repositories in object stores.</summary>
public class BucketTests
{
    private const string Least = "endpoint: s3.example.com, bucket: backups, region: eu, access-key: \"file:access\", secret-key: \"file:secret\"";
    private static readonly FakeEnvironment Files = new FakeEnvironment().WithFile("/etc/holdfast/backup-key", "open sesame\n")
        .WithFile("/etc/holdfast/access", "AK\n").WithFile("/etc/holdfast/secret", "SK\n").WithFile("/etc/holdfast/ca.crt", "-----BEGIN CERTIFICATE-----\n");

    [Fact]
    public void All_that_can_be_declared_of_a_bucket()
    {
        var result = Parse($"{Least.Replace("s3.example.com", "\"10.0.0.9:8443\"", StringComparison.Ordinal)}, path: /a/b/, uri-style: path, ca: ca.crt");

        result.Problems.ShouldBeEmpty();
        var place = result.System!.Stores["orders"].Backup!.At("fra")!.Place.ShouldBeOfType<RepositoryPlace.Bucket>();
        place.ShouldBe(new RepositoryPlace.Bucket(new Endpoint("10.0.0.9", 8443), "backups", "eu", "/a/b", new Secret("AK"), new Secret("SK"))
        {
            IsNamedInPath = true,
            Authorities = "/etc/holdfast/ca.crt",
        });
        place.ToString().ShouldBe("s3://backups/a/b at 10.0.0.9:8443");
    }

    [Fact]
    public void What_holds_when_nothing_more_is_said_of_a_bucket()
    {
        var place = Parse(Least).System!.Stores["orders"].Backup!.At("fra")!.Place.ShouldBeOfType<RepositoryPlace.Bucket>();

        (place.Endpoint, place.Path, place.IsNamedInPath, place.Authorities, place.VerifiesTls)
            .ShouldBe((new Endpoint("s3.example.com", 443), "/cloud", false, null, true));
        place.ToString().ShouldBe("s3://backups/cloud at s3.example.com");
    }

    [Theory]
    [InlineData("endpoint", "\"https://s3.example.com/\"", "endpoint", "'https://s3.example.com/' is not", "write s3.example.com")]
    [InlineData("endpoint", "\"http://s3.example.com\"", "endpoint", "'http://s3.example.com' is not", "only TLS is spoken")]
    [InlineData("endpoint", "10.0.0.9", "endpoint", "is an address, and requests would go to backups.10.0.0.9", "add uri-style: path")]
    [InlineData("bucket", "Backups", "bucket", "'Backups' is not a name of a bucket", "write for example")]
    [InlineData("bucket", "my.backups", "bucket", "has a dot, and no certificate of s3.example.com", "add uri-style: path")]
    [InlineData("path", "a", "path", "'a' is not an absolute path", "write for example")]
    [InlineData("secret-key", "\"file:nowhere\"", "secret-key", "/etc/holdfast/nowhere does not exist", "write the secret into")]
    [InlineData("verify-tls", "false, ca: ca.crt", "ca", "contradicts 'verify-tls: false'", "keep one of the two")]
    public void A_bucket_that_cannot_serve(string key, string value, string path, string message, string remedy)
    {
        var keys = string.Join(", ", Least.Split(", ").Where(one => !one.StartsWith($"{key}:", StringComparison.Ordinal)).Append($"{key}: {value}"));

        var problem = Parse(keys).OnlyError();

        problem.Path.ShouldBe($"stores.orders.backup.repositories.cloud.s3.{path}");
        problem.Message.ShouldStartWith(message);
        problem.Remedy.ShouldNotBeNull().ShouldStartWith(remedy);
    }

    [Fact]
    public void A_repository_has_one_place()
    {
        Parse(Least, "directory: /backup").OnlyError().Message.ShouldBe("names both 'directory' and 's3'");
        Sample.Parse(Sample.InStore(Sample.Text, "backup: { repositories: { cloud: { site: fra, key: \"file:backup-key\" } } }"), Files)
            .OnlyError().Message.ShouldBe("names no place: neither 'directory' nor 's3'");
    }

    [Fact]
    public void An_endpoint_that_need_not_prove_itself_is_a_warning() =>
        Parse($"{Least}, verify-tls: false").OnlyWarning().Message.ShouldStartWith("lets anybody on the way pass for the endpoint");

    private static LoadResult Parse(string keys, string more = "") => Sample.Parse(
        Sample.InStore(
            Sample.Text, "backup:", "  repositories:",
            $"    cloud: {{ site: fra, key: \"file:backup-key\", {more}{(more.Length > 0 ? ", " : "")}s3: {{ {keys} }} }}"), Files);
}
